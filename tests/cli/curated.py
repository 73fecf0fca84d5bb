"""A small vault with things in doubt, and the home that one ingest makes of it."""

from __future__ import annotations

from pathlib import Path

from kg.cli import main

BASE = "https://noemata.example/v/"

NOTES = {
    "People/Ada Lovelace.md": """---
type: person
aliases: [Ada]
works for: "[[Acme]]"
---
Ada works at [[Acme]]. Ada uses Airflow on her Mac.
""",
    "People/A. Lovelace.md": """---
type: person
---
A. Lovelace knows [[Grace Hopper]].
""",
    "People/Grace Hopper.md": """---
type: person
works for: "[[Lantern]]"
---
Grace knows Ada. Harrier used Airflow to start things. Harrier was written in Rust.
""",
    "Acme.md": """---
type: company
---
Acme makes Lantern.
""",
    "Lantern.md": """---
type: project
---
Acme used Airflow to start things.
""",
    "中文.md": """---
type: person
title: 李雷
---
李雷在[[Acme]]工作。
""",
}
ADA, OTHER_ADA = (f"{BASE}note/People/{name}#it" for name in ("Ada%20Lovelace.md", "A.%20Lovelace.md"))
GRACE, ACME = f"{BASE}note/People/Grace%20Hopper.md#it", f"{BASE}note/Acme.md#it"
USES = "https://w3id.org/noemata#uses"


def write_vault(folder: Path) -> Path:
    """Write the notes."""
    for path, text in NOTES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def make_home(folder: Path) -> Path:
    """Write the notes and read them into a home beside them."""
    home = folder / "home"
    assert main(["ingest", "--home", str(home), str(write_vault(folder / "v"))]) == 0
    return home
