"""The format that an answer gets, from headers as clients send them."""

from __future__ import annotations

import pytest

from api import create_app
from api.negotiation import GRAPH_OFFERS, OFFERS, choose, choose_offer, prefers_page
from kg.errors import NotAcceptableError
from kg.query.formats import FORMATS
from tests.api.running import stand_in

RESULTS_JSON, RESULTS_XML = "application/sparql-results+json", "application/sparql-results+xml"
CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


def labels(accept: str, wanted: str = "") -> dict[str, str]:
    return {kind: offer.media_type for kind, offer in choose(accept, wanted).items()}


@pytest.mark.parametrize("accept", [CHROMIUM, "text/turtle", "image/png"])
def test_what_was_chosen_by_the_header_says_so(accept: str) -> None:
    """So that a cache does not give the page to a client that wants Turtle, or an error to both."""
    response = create_app(stand_in()).test_client().get("/sparql", headers={"Accept": accept})
    assert response.status_code == (406 if accept == "image/png" else 200)
    assert "accept" in response.vary


@pytest.mark.parametrize("accept", ["", "*/*", "*", "application/*, text/turtle", "*/*;q=0.1"])
def test_without_a_wish_the_usual_formats(accept: str) -> None:
    assert labels(accept) == {"solutions": RESULTS_JSON, "boolean": RESULTS_JSON, "graph": "text/turtle"}


@pytest.mark.parametrize(
    ("accept", "solutions"),
    [
        (RESULTS_XML, RESULTS_XML),
        (f"{RESULTS_JSON};q=0.5, {RESULTS_XML};q=0.9", RESULTS_XML),
        (f"*/*, {RESULTS_XML}", RESULTS_XML),  # of equal qualities, what is named
        (f"*/*;q=0.9, {RESULTS_XML};q=0.1", RESULTS_JSON),
        (f"text/csv, {RESULTS_JSON};q=0.9", "text/csv"),
        ("text/*", "text/csv"),
        ("text/*, text/csv;q=0", "text/tab-separated-values"),
        (f"{RESULTS_JSON};q=0, */*", RESULTS_XML),
        ("application/json", "application/json"),
        ("TEXT/CSV; charset=UTF-8", "text/csv"),
        (f'text/csv;charset="iso-8859-1", {RESULTS_XML};q=0.1', RESULTS_XML),
        (f"text/csv;q=nonsense, {RESULTS_XML}", RESULTS_XML),
        (f"text/csv;q=7, {RESULTS_XML}", RESULTS_XML),
        (f"csv, , {RESULTS_XML}", RESULTS_XML),
        ("text/csv; q=0.5; header=present", "text/csv"),
        # rdflib's SPARQLStore, SPARQLWrapper and Comunica
        (f"{RESULTS_XML}, application/rdf+xml", RESULTS_XML),
        (f"{RESULTS_JSON},application/json,text/javascript,application/javascript", RESULTS_JSON),
        (f"{RESULTS_JSON};q=1.0,{RESULTS_XML};q=0.7", RESULTS_JSON),
        (CHROMIUM, "application/xml"),
    ],
)
def test_solutions(accept: str, solutions: str) -> None:
    assert labels(accept)["solutions"] == solutions


@pytest.mark.parametrize(
    ("accept", "graph"),
    [
        ("application/rdf+xml", "application/rdf+xml"),
        (f"{RESULTS_XML}, application/rdf+xml", "application/rdf+xml"),
        ("application/ld+json;profile=\"http://www.w3.org/ns/json-ld#compacted\"", "application/ld+json"),
        ("text/rdf+n3,application/n-triples,application/turtle,application/n3,text/n3,text/turtle", "text/turtle"),
        ("application/n-quads,application/trig;q=0.95,text/turtle;q=0.6", "application/n-quads"),
        ("text/plain", "text/plain"),
        ("text/n3", "text/n3"),
    ],
)  # fmt: skip
def test_graphs(accept: str, graph: str) -> None:
    assert labels(accept)["graph"] == graph


def test_what_cannot_be_held_is_left_out() -> None:
    assert labels("text/csv") == {"solutions": "text/csv"}
    assert labels("text/turtle") == {"graph": "text/turtle"}


def test_format_goes_before_the_header_for_what_it_can_hold() -> None:
    assert labels("text/csv", "xml") == {
        "solutions": RESULTS_XML, "boolean": RESULTS_XML, "graph": "application/rdf+xml",
    }  # fmt: skip
    assert labels(RESULTS_JSON, "turtle") == {
        "solutions": RESULTS_JSON, "boolean": RESULTS_JSON, "graph": "text/turtle",
    }  # fmt: skip
    assert labels("", "text/csv")["solutions"] == "text/csv"
    assert labels("", "CSV")["solutions"] == "text/csv"


def test_refusals_name_what_can_be_had() -> None:
    with pytest.raises(NotAcceptableError, match=r"sparql-results.json.*text/turtle"):
        choose("image/png")
    with pytest.raises(NotAcceptableError, match=r"'yaml'.*Known: json, xml, csv"):
        choose("*/*", "yaml")
    with pytest.raises(NotAcceptableError, match="text/turtle"):
        choose_offer("text/csv", GRAPH_OFFERS)


def test_pages_are_for_browsers() -> None:
    assert prefers_page(CHROMIUM)
    assert prefers_page("text/html")
    for accept in ("", "*/*", "text/*", "application/rdf+xml, text/turtle;q=0.9, text/html;q=0.3, */*;q=0.1"):
        assert not prefers_page(accept)


def test_every_offer_is_a_format_that_can_be_written() -> None:
    assert {offer.format for offers in OFFERS.values() for offer in offers} <= set(FORMATS)


def test_text_says_its_encoding() -> None:
    types = {offer.media_type: offer.content_type for offers in OFFERS.values() for offer in offers}
    assert types["text/csv"] == "text/csv; charset=utf-8"
    assert types[RESULTS_JSON] == RESULTS_JSON
