"""Walks along paths, without a server: what is asked for, and what is come to."""

from __future__ import annotations

from kg.rdf import RDF, NamedNode
from kg.slices import Closure, Leaf, Values
from kg.stores.neo4j.closures import Walks

_REST = RDF["rest"]
_SIZE = 2_500


class _List:
    """A list of many elements; each fetch is a trip."""

    def __init__(self) -> None:
        self.trips = 0
        self.lines = {self._cell(n): f"{self._cell(n)} <{_REST.value}> {self._cell(n + 1)} .\n" for n in range(_SIZE)}

    @staticmethod
    def _cell(number: int) -> str:
        return f"<urn:cell:{number}>"

    def fetch(self, leaves: list[Leaf]) -> set[str]:
        self.trips += 1
        known = {str(iri) for leaf in leaves for each in leaf.values if isinstance(each, Values) for iri in each.iris}
        return {line for start, line in self.lines.items() if not known or start in known}


def test_a_long_list_is_walked_to_its_end_in_a_bounded_number_of_trips() -> None:
    cells = _List()
    walks = Walks(cells.fetch)
    reached = walks.walk(Closure(None, NamedNode("urn:cell:0"), ((_REST, False),)), cells.fetch)
    assert reached == {NamedNode(f"urn:cell:{number}") for number in range(_SIZE + 1)}
    assert cells.trips == 1_001
