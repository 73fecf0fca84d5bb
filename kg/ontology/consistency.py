"""Whether an ontology contradicts itself, and which of its classes can have no member: asked of HermiT.

HermiT is a Java program that comes inside owlready2. Both run in a process of their own, so that they
can be killed; nothing is fetched, and nothing but the given triples is read.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal as OneOf

from kg.ontology.axioms import OWL2_DATATYPES
from kg.rdf import OWL, RDFS, BlankNode, Literal, NamedNode, RdfFormat, Triple, serialise

__all__ = ["Consistency", "check_consistency"]

_JAVA_MEGABYTES = 512
_IRI = "urn:noemata:checked"
_CODE = "from kg.ontology.consistency import _reason; _reason()"
_UNSUPPORTED = re.compile(r"HermiT supports .*? does not support the datatype '?<?([^'>\s]+)|datatype '([^']+)'")


@dataclass(frozen=True, slots=True)
class Consistency:
    """HermiT's answer.

    `unsatisfiable` are in IRI order. `detail` says why it was not asked or did not answer. `ignored` are
    the datatypes that OWL 2 does not have; HermiT was told to pass over what is said with them.
    """

    status: OneOf["consistent", "inconsistent", "no java", "timeout", "failed"]
    unsatisfiable: tuple[NamedNode, ...] = ()
    detail: str = ""
    ignored: tuple[NamedNode, ...] = ()


def check_consistency(triples: Iterable[Triple], timeout: float) -> Consistency:
    """Ask HermiT about an ontology with all its imports.

    Args:
        timeout: seconds; then the reasoner is killed.
    """
    if shutil.which("java") is None:
        return Consistency("no java")
    kept = [t for t in triples if t.predicate != OWL["imports"]]
    ignored = tuple(sorted(_unknown_datatypes(kept), key=lambda iri: iri.value))
    # An inconsistent ontology gives the same output as one whose classes are all unsatisfiable, so both are told apart there.
    with tempfile.TemporaryDirectory(prefix="kg-hermit-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-c", _CODE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "TMPDIR": folder, "KG_IGNORE_DATATYPES": "1" if ignored else ""},
        )
        try:
            output, messages = process.communicate(serialise(kept, RdfFormat.N_TRIPLES), timeout)
        except subprocess.TimeoutExpired:
            return Consistency("timeout", detail=f"no answer within {timeout:g} s", ignored=ignored)
        finally:
            _kill(process)
    try:
        answer = json.loads(output)
    except ValueError:
        return Consistency("failed", detail=_last_line(messages.decode("utf-8", "replace")), ignored=ignored)
    unsatisfiable = tuple(NamedNode(iri) for iri in answer["unsatisfiable"])
    return Consistency(answer["status"], unsatisfiable, answer["detail"], ignored)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and its Java, which are a process group of their own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.communicate()


def _unknown_datatypes(triples: Iterable[Triple]) -> set[NamedNode]:
    """Return the datatypes in use that are neither OWL 2's nor declared."""
    declared, used = set(), set()
    for t in triples:
        if t.object == RDFS["Datatype"]:
            declared.add(t.subject)
        if isinstance(t.object, Literal):
            used.add(t.object.datatype)
        elif isinstance(t.object, NamedNode) and t.object.value.startswith("http://www.w3.org/2001/XMLSchema#"):
            used.add(t.object)
    return used - OWL2_DATATYPES - declared


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


def _reason() -> None:
    """Read N-Triples from standard input, run HermiT and write its answer as JSON: the child process's whole task."""
    import owlready2
    from owlready2.base import OwlReadyInconsistentOntologyError, OwlReadyJavaError

    answer: dict[str, object] = {"status": "consistent", "unsatisfiable": [], "detail": ""}
    owlready2.reasoning.JAVA_MEMORY = _JAVA_MEGABYTES
    world = owlready2.World()
    world.get_ontology(_IRI).load(fileobj=io.BytesIO(sys.stdin.buffer.read()), only_local=True)
    try:
        owlready2.sync_reasoner_hermit(
            world, debug=0, ignore_unsupported_datatypes=bool(os.environ.get("KG_IGNORE_DATATYPES"))
        )
        answer["unsatisfiable"] = sorted(c.iri for c in world.inconsistent_classes() if c is not owlready2.Nothing)
    except OwlReadyInconsistentOntologyError:
        answer["status"] = "inconsistent"
    except OwlReadyJavaError as error:
        answer.update(status="failed", detail=_java_reason(str(error)))
    sys.stdout.write(json.dumps(answer))


def _java_reason(text: str) -> str:
    """Return the message of the exception that ended Java, without its stack."""
    found = re.search(r"^(?:Exception in thread \S+ )?(?:[\w.]+\.)?(\w+(?:Exception|Error)(?::.*)?)$", text, re.MULTILINE)
    return found[1] if found else _last_line(text)
