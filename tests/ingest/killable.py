"""A program that ingests in child processes that may be killed: the model is loaded once, before they fork.

It answers each line `HOME VAULT` of its input with the child's pid, then with how the child ended.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import kg.curation.curator
from tests.ingest.homes import Home, shared_extractor


def say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    kg.curation.curator.QUADS_A_COMMIT = int(sys.argv[1])
    sys.modules["kg.ingest.work"]._NOTES_A_MESSAGE = 5  # type: ignore[attr-defined]
    shared_extractor()
    say("ready")
    for line in sys.stdin:
        folder, vault = map(Path, line.split())
        child = os.fork()
        if child == 0:
            code = 1
            try:
                home = Home(vault, folder=folder)
                home.ingest()
                home.close()
                code = 0
            except BaseException:  # noqa: BLE001 - reported, then the child ends
                traceback.print_exc()
            os._exit(code)
        say(child)
        _, status = os.waitpid(child, 0)
        say(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
