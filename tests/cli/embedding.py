"""Triples in files, and a home with a graph that something can be learnt from, for the tests of `kg embed`."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from kg.cli import main
from tests.conftest import Run, RunKg
from tests.embeddings.small import family_tree

TRAIN = tuple("embed train --dim 32 --epochs 20 --every 10 --threads 1 --device cpu".split())
QUICK = ("--dim", 16, "--epochs", 20, "--threads", 1, "--device", "cpu")


def write_triples(folder: Path) -> tuple[Path, Path, Path]:
    """Write the family tree in three parts: to learn, to validate, to test."""
    triples = family_tree(5)
    places = {"valid": [10, 31, 45, 60], "test": [13, 27, 40, 52, 70]}
    held = {place for own in places.values() for place in own}
    parts = {name: [triples[place] for place in own] for name, own in places.items()}
    parts["train"] = [triple for place, triple in enumerate(triples) if place not in held]
    files = []
    for name in ("train", "valid", "test"):
        file = folder / f"{name}.tsv"
        file.write_text("".join("\t".join(triple) + "\n" for triple in parts[name]), "utf-8")
        files.append(file)
    return files[0], files[1], files[2]


def train(kg: RunKg, folder: Path, *more: object, out: str = "model") -> tuple[Run, Path]:
    """Train a small model of the tree; return the run and the model's folder."""
    learnt, valid, _ = write_triples(folder)
    run = kg("embed", "train", "--triples", learnt, "--valid", valid, "--out", folder / out, *QUICK, *more)
    return run, folder / out


def company_turtle(teams: int = 8, each: int = 5) -> str:
    """People of some companies: whoever works for a company uses its tool, and lives in its city.

    Of the last one of each team it is not said what they use.
    """
    lines = [
        "@prefix kg: <https://w3id.org/noemata#> .",
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .",
        "@prefix : <https://example.org/> .",
    ]
    for team in range(teams):
        lines.append(f':company{team} a kg:Company ; rdfs:label "Company {team}" ; kg:locatedIn :city{team % 3} .')
        lines.append(f':tool{team} a kg:Software ; rdfs:label "Tool {team}" ; kg:createdBy :company{team} .')
        for number in range(each):
            person = f":person{team}x{number}"
            lines.append(f'{person} a kg:Person ; rdfs:label "Person {team} {number}" ; kg:worksFor :company{team} .')
            lines.append(f"{person} kg:knows :person{team}x{(number + 1) % each} .")
            if number < each - 1:
                lines.append(f"{person} kg:uses :tool{team} .")
    lines += [f':city{city} a kg:Place ; rdfs:label "City {city}" .' for city in range(3)]
    return "\n".join(lines) + "\n"


def make_home(folder: Path) -> Path:
    """Make a home of the companies with a model that was trained on it; to be copied, not to be changed."""
    file, home = folder / "companies.ttl", folder / "home"
    file.write_text(company_turtle(), "utf-8")
    with contextlib.redirect_stdout(io.StringIO()):
        for words in (("init", "--base", "https://example.org/"), ("import", str(file)), TRAIN):
            assert main([*words, "--home", str(home)]) == 0
    return home
