"""The frame of the command line: one table of commands, one shape of errors, no traceback."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from kg import __version__, errors
from kg.cli import COMMANDS, EXIT_CODES
from kg.cli.session import Session, command
from tests.conftest import RunKg

raised: BaseException = errors.StoreError("none")


@command()
def fail(session: Session) -> None:
    """Raise what the test has put into `raised`."""
    raise raised


@command()
def endless(session: Session) -> None:
    """Write without end."""
    while True:
        click.echo("x" * 1000)


@command()
def sleep(session: Session) -> None:
    """Wait for a signal."""
    click.echo("ready")
    sys.stdout.flush()
    time.sleep(60)


@pytest.fixture
def failing(kg: RunKg, monkeypatch: pytest.MonkeyPatch) -> RunKg:
    monkeypatch.setitem(kg_commands(), "fail", (f"{__name__}:fail", "Fail."))
    return kg


def kg_commands() -> dict[str, tuple[str, str]]:
    assert isinstance(COMMANDS, dict)
    return COMMANDS


def process(name: str, *arguments: str, **options: object) -> subprocess.Popen[str]:
    """Start a `kg` of its own that also has the commands of this file."""
    script = (
        f"import sys; import kg.cli; kg.cli.COMMANDS[{name!r}] = ({f'{__name__}:{name}'!r}, 'Test.');"
        f"sys.exit(kg.cli.main([{name!r}, *sys.argv[1:]]))"
    )
    return subprocess.Popen([sys.executable, "-c", script, *arguments], text=True, **options)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_agrees_with_the_command(name: str, kg: RunKg) -> None:
    reference, text = COMMANDS[name]
    module, _, attribute = reference.partition(":")
    found = getattr(__import__(module, fromlist=[attribute]), attribute)
    assert found.get_short_help_str(200) == text.rstrip(".") or found.help.splitlines()[0] == text
    assert found.name == name
    shown = kg(name, "--help")
    assert shown.code == 0
    if not isinstance(found, click.Group):
        assert {"--home", "--json"} <= {option for parameter in found.params for option in parameter.opts}


def test_help_lists_every_command_once(kg: RunKg) -> None:
    listed = [line.split()[0] for line in kg("--help").text.partition("Commands:")[2].splitlines() if line[2:3].strip()]
    assert listed == list(COMMANDS)


def test_version(kg: RunKg) -> None:
    assert kg("--version").text == f"kg {__version__}\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.NotFoundError("note", "x"), 1),
        (errors.RdfSyntaxError("f.ttl", "no", 3, 4), 2),
        (errors.UnknownNameError("store", "x", ["y"]), 2),
        (errors.QueryTimeoutError(2), 3),
        (errors.StoreLockedError("f", "kg serve (pid 3)", 10), 4),
        (OSError(28, "No space left on device", "store/1.sst"), 4),
        (ZeroDivisionError("oops"), 70),
        (KeyboardInterrupt(), 130),
        (click.UsageError("so not"), 2),
        (click.FileError("f", "gone"), 2),
    ],
)
def test_an_error_becomes_an_exit_code_and_one_message(
    failing: RunKg, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "raised", error)
    plain = failing("fail")
    assert (plain.code, plain.output) == (code, b"")
    assert plain.messages.strip()
    assert "Traceback" not in plain.messages
    if not isinstance(error, KeyboardInterrupt):
        answer = failing("fail", "--json")
        assert answer.code == code
        assert answer.messages == ""
        assert {"type", "title", "detail"} <= set(answer.json["error"])
        assert answer.json["error"]["detail"] in plain.messages


def test_a_json_error_carries_the_parts_of_the_message(failing: RunKg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "raised", errors.RdfSyntaxError("f.ttl", "no", 3, 4))
    assert failing("fail", "--json").json == {
        "error": {
            "type": "RdfSyntaxError", "title": "An RDF document does not parse", "detail": "f.ttl:3:4: no",
            "source": "f.ttl", "reason": "no", "line": 3, "column": 4,
        }
    }  # fmt: skip


def test_a_traceback_is_shown_on_request(failing: RunKg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "raised", ZeroDivisionError("oops"))
    assert "KG_DEBUG=1" in failing("fail").messages
    monkeypatch.setenv("KG_DEBUG", "1")
    assert "Traceback" in failing("fail").messages


def test_every_error_class_has_a_code_of_the_contract() -> None:
    assert set(EXIT_CODES.values()) == {1, 2, 3, 4}


def test_an_unknown_command_names_the_nearest(kg: RunKg) -> None:
    run = kg("inti")
    assert run.code == 2
    assert "Did you mean 'init'?" in run.messages
    assert kg("inti", "--json").json["error"]["type"] == "UsageError"


def test_a_wrong_setting_is_told_before_anything_is_done(kg: RunKg, home: Path) -> None:
    home.mkdir()
    (home / "kg.toml").write_text("[query]\ntimeout = 3\n")
    run = kg("status")
    assert run.code == 2
    assert f"{home / 'kg.toml'}:2: " in run.messages


@pytest.mark.slow
def test_a_reader_that_ends_early_is_no_error() -> None:
    with process("endless", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        writer.stdout.readline()
        writer.stdout.close()
        assert writer.wait(timeout=60) == 141
        assert writer.stderr.read() == ""


@pytest.mark.slow
def test_ctrl_c_says_so() -> None:
    with process("sleep", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as sleeper:
        assert sleeper.stdout is not None
        assert sleeper.stdout.readline() == "ready\n"
        sleeper.send_signal(signal.SIGINT)
        _, messages = sleeper.communicate(timeout=50)
    assert sleeper.returncode == 130
    assert "Interrupted." in messages
    assert "Traceback" not in messages


def test_json_error_is_one_document(kg: RunKg) -> None:
    run = kg("init", "--no-such-flag", "--json")
    assert len(run.text.splitlines()) == 1
    assert json.loads(run.text)["error"]["title"] == "The command line is wrong"
