"""Settings: one place for defaults, three places above it, and no value replaced in silence."""

from __future__ import annotations

import dataclasses
import itertools
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kg.config
from kg.config import Config, default_text, load_config, with_setting
from kg.errors import ConfigError


def settings_file(folder: Path, text: str) -> Path:
    path = folder / "kg.toml"
    path.write_text(text, "utf-8")
    return path


def test_defaults_are_the_fields_of_the_sections() -> None:
    defaults = tomllib.loads(default_text())
    assert dataclasses.asdict(load_config(None, {}, {})) == defaults
    assert list(defaults) == [section.name for section in dataclasses.fields(Config)]


def test_every_default_has_a_comment_above_it() -> None:
    lines = default_text().splitlines()
    for above, line in itertools.pairwise(lines):
        if "=" in line and not line.startswith("#"):
            assert above.startswith("#"), line


def test_every_setting_is_read_somewhere() -> None:
    root = Path(kg.config.__file__).parent.parent.parent
    source = "".join(path.read_text("utf-8") for folder in ("kg", "api") for path in (root / folder).rglob("*.py"))
    defaults = tomllib.loads(default_text())
    assert [key for section in defaults.values() for key in section if f".{key}" not in source] == []


def test_file_environment_and_flag_rise_in_this_order(tmp_path: Path) -> None:
    path = settings_file(tmp_path, "[query]\ntimeout_seconds = 1\nmax_rows = 1\n[ingest]\njobs = 1\n")
    environ = {"KG_QUERY_MAX_ROWS": "2", "KG_INGEST_JOBS": "2", "PATH": "/bin", "KG_HOME": "x", "KG_BENCH": "y"}
    config = load_config(path, environ, {"ingest.jobs": 3, "store.lock_wait_seconds": None})
    assert (config.query.timeout_seconds, config.query.max_rows, config.ingest.jobs) == (1.0, 2, 3)
    assert config.store.lock_wait_seconds == 10.0


def test_a_file_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert load_config(tmp_path / "kg.toml", {}, {}) == load_config(None, {}, {})


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("[query]\n\ntimeout = 5\n", ":3: ", "'query.timeout'. Did you mean 'query.timeout_seconds'?"),
        ("# a\n[qeury]\nmax_rows = 1\n", ":2: ", "no section is called [qeury]. Did you mean 'query'?"),
        ("query.max_row = 1\n", ":1: ", "no setting is called 'query.max_row'."),
        ("[store]\nlock_wait_seconds = 1\n[query]\nmax_rows = true\n", ":4: ", "must be a whole number, not true."),
        ("[query]\nmax_rows = 1.5\n", ":2: ", "query.max_rows must be a whole number, not 1.5."),
        ("[query]\nmax_rows = -1\n", ":2: ", "query.max_rows must be at least 0, not -1."),
        ("[query]\ntimeout_seconds = nan\n", ":2: ", "must be at least 0, not nan."),
        ("[query]\ntimeout_seconds = inf\n", ":2: ", "must be at least 0, not inf."),
        ("[extract]\nmin_confidence = 2\n", ":2: ", "extract.min_confidence must be from 0 to 1, not 2."),
        ("[extract]\ncoreference = 'yes'\n", ":2: ", 'extract.coreference must be true or false, not "yes".'),
        ("[extract]\nmodel = 3\n", ":2: ", "extract.model must be text, not 3."),
        ("[home]\ndataset = 'both'\n", ":2: ", 'home.dataset must be "merged" or "separate", not "both".'),
        ("[home]\nbase = 'notes'\n", ":2: ", "home.base must be an absolute IRI that ends in '/'"),
        ("[home]\nstore = 1979-05-27\n", ":2: ", "home.store must be"),
        ("query = 3\n", ":1: ", "query is a section"),
        ("[query]\nmax_rows 3\n", ":2:10: ", "not TOML"),
        ("[query]\nmax_rows = 1\nmax_rows = 2\n", ":3:13: ", "not TOML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, text: str, place: str, message: str) -> None:
    path = settings_file(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_config(path, {}, {})
    assert f"{path}{place}" in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("merge = 0.2", "resolution.review must be above 0 and at most resolution.merge, and that below 1; they are 0.3 and"),
        ("merge = 1", "they are 0.3 and 1."),
        ("review = 0", "they are 0 and 0.9."),
        ("block_size = 0", "resolution.block_size must be at least 1, not 0."),
    ],
)
def test_zones_in_disorder_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = settings_file(tmp_path, f"[resolution]\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        load_config(path, {}, {})
    assert message in str(caught.value)


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "kg.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(path, {}, {})


def test_environment_values_take_the_type_of_the_setting() -> None:
    environ = {"KG_EXTRACT_COREFERENCE": "No", "KG_QUERY_TIMEOUT_SECONDS": "2.5", "KG_STORE": "embedded"}
    config = load_config(None, environ, {})
    assert (config.extract.coreference, config.query.timeout_seconds, config.home.store) == (False, 2.5, "embedded")


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("KG_QUERY_MAX_ROWS", "many", 'KG_QUERY_MAX_ROWS must be a whole number, not "many".'),
        ("KG_EXTRACT_COREFERENCE", "maybe", "KG_EXTRACT_COREFERENCE must be true or false"),
        ("KG_STORE", "postgres", 'KG_STORE must be "embedded"'),
        ("KG_QUERY_TIMEOUT", "1", "no setting is called KG_QUERY_TIMEOUT. Did you mean 'KG_QUERY_TIMEOUT_SECONDS'?"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(None, {variable: value}, {})
    assert message in str(caught.value)


def test_an_unknown_override_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"Did you mean 'query\.max_rows'"):
        load_config(None, {}, {"query.max_row": 1})


def test_a_changed_setting_leaves_the_rest_as_it_was_written() -> None:
    text = "# mine\n[query] # slow disk\nmax_rows=5 # few\n\n[home]\n"
    text = with_setting(text, "query.max_rows", 7)
    text = with_setting(text, "home.base", "urn:x/")
    text = with_setting(text, "ingest.jobs", 2)
    assert text == '# mine\n[query] # slow disk\nmax_rows = 7\n\n[home]\nbase = "urn:x/"\n\n[ingest]\njobs = 2\n'


def test_with_setting_refuses_what_could_not_be_read() -> None:
    with pytest.raises(ConfigError, match="absolute IRI"):
        with_setting("", "home.base", "no IRI")
    with pytest.raises(ConfigError, match="cannot be changed here"):
        with_setting("query = {max_rows = 1}\n[home]\nbase = ''\n", "query.max_rows", 2)


@given(
    model=st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
    seconds=st.floats(0, 1e9, allow_nan=False),
    rows=st.integers(0, 2**53),
    flag=st.booleans(),
    order=st.permutations(["query.timeout_seconds", "extract.model", "extract.coreference", "query.max_rows"]),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, model: str, seconds: float, rows: int, flag: bool, order: list[str]
) -> None:
    path = tmp_path_factory.mktemp("settings") / "kg.toml"
    values = {
        "query.timeout_seconds": seconds, "extract.model": model, "extract.coreference": flag, "query.max_rows": rows,
    }  # fmt: skip
    text = ""
    for name in order:
        text = with_setting(text, name, values[name])
    path.write_text(text, "utf-8", newline="")
    assert load_config(path, {}, {}) == load_config(None, {}, values)


@pytest.mark.parametrize("value", ["bolt://me:hidden@db:7687", "neo4j://me@db", "hidden@db"])
def test_the_address_of_neo4j_holds_no_user(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match="NEO4J_URI must hold no user") as error:
        load_config(None, {"NEO4J_URI": value}, {})
    assert "hidden" not in str(error.value)
    path = tmp_path / "kg.toml"
    path.write_text(f'[neo4j]\nuri = "{value}"\n')
    with pytest.raises(ConfigError, match=r"kg.toml:2: neo4j\.uri"):
        load_config(path, {}, {})


def test_a_password_is_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "kg.toml"
    path.write_text('[neo4j]\npassword = ["hidden"]\n')
    with pytest.raises(ConfigError, match=r"kg.toml:2: neo4j\.password must be text") as error:
        load_config(path, {}, {})
    assert "hidden" not in str(error.value)
