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

from kg.rdf import OWL, NamedNode, RdfFormat, Triple, serialise

__all__ = ["Consistency", "check_consistency"]

_JAVA_MEGABYTES = 512
_IRI = "urn:noemata:checked"
_CODE = "from kg.ontology.consistency import _answer; _answer()"
_UNSUPPORTED = re.compile(r"UnsupportedDatatypeException.*?datatype '([^']+)'", re.DOTALL)
_EXCEPTION = re.compile(r"^(?:Exception in thread \S+ )?(?:[\w.]+\.)?(\w+(?:Exception|Error)\b.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Consistency:
    """HermiT's answer.

    `unsatisfiable` are in IRI order. `detail` says why there is no answer. `unsupported` is a datatype that
    HermiT does not know; it answered again, passing over everything that is said with such datatypes.
    """

    status: OneOf["consistent", "inconsistent", "no java", "timeout", "failed"]
    unsatisfiable: tuple[NamedNode, ...] = ()
    detail: str = ""
    unsupported: str = ""


def check_consistency(triples: Iterable[Triple], timeout: float) -> Consistency:
    """Ask HermiT about an ontology with all its imports.

    Args:
        timeout: in seconds; then the reasoner is killed.
    """
    if shutil.which("java") is None:
        return Consistency("no java")
    question = serialise((t for t in triples if t.predicate != OWL["imports"]), RdfFormat.N_TRIPLES)
    with tempfile.TemporaryDirectory(prefix="kg-hermit-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-c", _CODE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "TMPDIR": folder},
            start_new_session=True,
        )
        try:
            output, messages = process.communicate(question, timeout)
        except subprocess.TimeoutExpired:
            return Consistency("timeout", detail=f"no answer within {timeout:g} s")
        finally:
            _kill(process)
    try:
        answer = json.loads(output)
    except ValueError:
        return Consistency("failed", detail=_last_line(messages.decode("utf-8", "replace")))
    unsatisfiable = tuple(NamedNode(iri) for iri in answer["unsatisfiable"])
    return Consistency(answer["status"], unsatisfiable, answer["detail"], answer["unsupported"])


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and its Java, which are a process group of their own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.communicate()


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


def _answer() -> None:
    """Read N-Triples from standard input and write HermiT's answer as JSON: the whole task of the child process."""
    import owlready2

    owlready2.reasoning.JAVA_MEMORY = _JAVA_MEGABYTES
    world = owlready2.World()
    world.get_ontology(_IRI).load(fileobj=io.BytesIO(sys.stdin.buffer.read()), only_local=True)
    answer = {"status": "consistent", "unsatisfiable": [], "detail": "", "unsupported": ""}
    for ignore in (False, True):
        try:
            owlready2.sync_reasoner_hermit(world, debug=0, ignore_unsupported_datatypes=ignore)
            impossible = [c.iri for c in world.inconsistent_classes() if c is not owlready2.Nothing]
            answer["unsatisfiable"] = sorted(impossible)
        except owlready2.OwlReadyInconsistentOntologyError:
            answer["status"] = "inconsistent"
        except owlready2.OwlReadyJavaError as error:
            unsupported = _UNSUPPORTED.search(str(error))
            if unsupported and not ignore:
                answer["unsupported"] = unsupported[1]
                continue
            reason = _EXCEPTION.search(str(error))
            answer.update(status="failed", detail=reason[1] if reason else _last_line(str(error)))
        break
    sys.stdout.write(json.dumps(answer))
