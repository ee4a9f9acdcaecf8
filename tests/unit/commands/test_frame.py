"""How commands end: every failure in words, with its exit code, without a traceback and without anybody's data."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import stat
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import click
import pytest

from ochre_tui.commands.frame import as_json, in_new_migration, main
from ochre_tui.core.errors import (
    CredentialError,
    DiskFullError,
    MigrationHeldError,
    OchreTuiError,
    RecordError,
    StoreError,
    UnreachableError,
    UsageError,
)
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.secret import Secret
from ochre_tui.migration.session import Session
from tests.support.command_line import Ran

CANARY = "canary-1f7b"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("OCHRE_TUI_MIGRATION", raising=False)
    monkeypatch.setenv("OCHRE_TUI_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def migration(home: Path) -> Path:
    """The folder of a migration that exists."""
    found = MigrationPaths("default", home / "default")
    found.create()
    found.state_db.touch(mode=0o600)
    return found.folder


def ended(work: Callable[[], object], *words: str) -> Ran:
    """A command that does this work, called as `work WORDS`."""

    @click.group()
    @click.pass_context
    def group(context: click.Context) -> None:
        context.obj = None

    @group.command("work")
    @in_new_migration
    @click.option("--number", type=int)
    @click.argument("words", nargs=-1)
    @as_json
    def command(session: Session, *, number: int | None, words: tuple[str, ...], to_json: bool) -> None:
        work()

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as raised:
        main(group, ["work", *words])
    assert isinstance(raised.value.code, int)
    return Ran(raised.value.code, out.getvalue(), err.getvalue())


def failing(error: BaseException) -> Callable[[], object]:
    def work() -> None:
        raise error

    return work


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (OchreTuiError, 1),
        (UsageError, 2),
        (CredentialError, 4),
        (UnreachableError, 5),
        (DiskFullError, 5),
        (MigrationHeldError, 6),
        (StoreError, 1),
        (RecordError, 1),
    ],
)
def test_errors_of_the_tree(kind: type[OchreTuiError], code: int) -> None:
    error = kind("It \x1b[2Jbroke.", meaning="Half is there.", advice="Mend\u202e it.")
    plain = ended(failing(error))
    assert plain.exit == code
    assert plain.out == ""
    assert plain.err == "It ␛[2Jbroke.\nHalf is there.\nMend<U+202E> it.\n"
    scripted = ended(failing(error), "--json")
    assert (scripted.exit, scripted.err) == (code, plain.err)
    assert scripted.json == {"error": "It \x1b[2Jbroke.", "meaning": "Half is there.", "advice": "Mend\u202e it."}
    assert scripted.out.isascii()
    assert "\x1b" not in scripted.out


def test_an_end_without_failure() -> None:
    assert ended(lambda: None).exit == 0
    assert ended(failing(click.exceptions.Exit(3))).exit == 3
    assert ended(failing(click.exceptions.Exit(0))).exit == 0


@pytest.mark.parametrize("words", [["--number", "x"], ["--wrong"], ["--number"]])
def test_wrong_usage(words: list[str]) -> None:
    plain = ended(lambda: None, *words)
    assert plain.exit == 2
    assert "Error: " in plain.err
    assert plain.out == ""
    scripted = ended(lambda: None, "--json", *words)
    assert scripted.exit == 2
    assert set(scripted.json) == {"error", "meaning", "advice"}
    assert scripted.json["error"] in scripted.err


def test_json_that_is_an_argument_asks_for_none() -> None:
    assert ended(failing(UsageError("no")), "--", "--json").out == ""


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_interrupted(error: BaseException) -> None:
    ran = ended(failing(error))
    assert ran.exit == 130
    assert ran.out == ""
    assert ran.err.strip() == "Interrupted."


def broken(secret: Secret) -> None:
    customer = "ann@canary.example"
    try:
        raise KeyError(customer)
    except KeyError as error:
        raise ValueError(f"Bearer {secret.unwrap()} \x1b[31m\nsecond line") from error


def fail_unexpectedly() -> None:
    broken(Secret(CANARY))


UNEXPECTED = re.compile(
    r"Something unexpected happened: ValueError, at test_frame\.py:\d+ in broken\.\n"
    r"What was committed is kept; running the command again goes on from there\.\n"
)


def test_something_unexpected_outside_a_migration() -> None:
    ran = ended(fail_unexpectedly)
    assert ran.exit == 1
    assert UNEXPECTED.fullmatch(ran.err)
    assert ran.out == ""


def test_something_unexpected_is_logged_where_there_is_a_migration(migration: Path) -> None:
    ran = ended(fail_unexpectedly, "--json")
    log = migration / "logs" / "ochre-tui.log"
    assert ran.exit == 1
    assert UNEXPECTED.match(ran.err)
    assert ran.err.endswith(f"The details are in {log}.\n")
    assert ran.json["advice"] == f"The details are in {log}."
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    lines = log.read_text().splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ochre-tui work", lines[0])
    assert lines[1] == "  ValueError"
    assert re.fullmatch(r"    ochre_tui/commands/frame\.py:\d+ in wrapped", lines[2])
    assert re.fullmatch(r"    tests/unit/commands/test_frame\.py:\d+ in broken", lines[5])
    assert lines[6] == "  KeyError"
    for said in (ran.said, log.read_text()):
        assert CANARY not in said
        assert "ann@canary.example" not in said
        assert "Traceback" not in said
        assert "customer" not in said  # no source lines, no locals


def test_the_log_grows_by_each_failure(migration: Path) -> None:
    for _ in range(3):
        ended(fail_unexpectedly)
    log = (migration / "logs" / "ochre-tui.log").read_text()
    assert log.count("ochre-tui work") == 3


def test_a_failure_of_several_at_once_is_logged_with_each_of_them(migration: Path) -> None:
    group = ExceptionGroup("two", [ValueError("first"), ExceptionGroup("one", [TypeError("second")])])
    assert ended(failing(group)).exit == 1
    log = (migration / "logs" / "ochre-tui.log").read_text()
    assert "  ExceptionGroup\n" in log
    assert "  ValueError\n" in log
    assert "  TypeError\n" in log


def test_messages_of_the_system_are_kept_without_what_steers_a_terminal_or_is_secret(migration: Path) -> None:
    secret = Secret(CANARY)
    for error in (PermissionError(13, f"Bearer {CANARY}", "/a\x1b[31m"), sqlite3.OperationalError("no such table: x")):
        ended(failing(error))
    log = (migration / "logs" / "ochre-tui.log").read_text()
    assert "  PermissionError: [Errno 13] Bearer ***: '/a\\x1b[31m'\n" in log
    assert "  OperationalError: no such table: x\n" in log
    assert secret.unwrap() == CANARY


def test_the_log_is_begun_anew_when_it_is_large(migration: Path) -> None:
    log = migration / "logs" / "ochre-tui.log"
    log.write_bytes(b"x" * (1024 * 1024 + 1))
    ended(fail_unexpectedly)
    ended(fail_unexpectedly)
    assert log.stat().st_size < 10_000
    assert sorted(path.name for path in log.parent.iterdir()) == ["ochre-tui.log", "ochre-tui.log.1"]


def test_foreseen_failures_are_not_logged(migration: Path) -> None:
    for error in (UsageError("no"), click.exceptions.Exit(3), click.Abort(), KeyboardInterrupt()):
        ended(failing(error))
    assert list((migration / "logs").iterdir()) == []


def test_a_log_that_can_not_be_written_hides_nothing(migration: Path) -> None:
    elsewhere = migration.parent / "elsewhere"
    elsewhere.write_text("")
    (migration / "logs" / "ochre-tui.log").symlink_to(elsewhere)
    ran = ended(fail_unexpectedly)
    assert ran.exit == 1
    assert UNEXPECTED.fullmatch(ran.err)
    assert elsewhere.read_text() == ""


def test_what_a_server_says_can_not_repeat_the_token() -> None:
    token = Secret(CANARY)
    ran = ended(failing(CredentialError(f"Refused {CANARY}", meaning=CANARY, advice=CANARY)), "--json")
    assert CANARY not in ran.said
    assert json.loads(ran.out) == {"error": "Refused ***", "meaning": "***", "advice": "***"}
    assert token.unwrap() == CANARY
