"""The audit log: what stands in it, and that nothing can be done to it unseen."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ochre_tui.core.errors import UsageError
from ochre_tui.core.paths import MigrationPaths, migration_paths
from ochre_tui.core.process import actor
from ochre_tui.core.secret import Secret
from ochre_tui.migration.audit.log import Verdict, entries, verify
from ochre_tui.migration.plan.changes import audit_changes
from ochre_tui.migration.plan.model import Plan
from ochre_tui.migration.session import Session
from ochre_tui.store.store import Store


@pytest.fixture
def acme(tmp_path: Path) -> MigrationPaths:
    return made(tmp_path)


def made(home: Path) -> MigrationPaths:
    found = migration_paths(home, "acme")
    found.create()
    Store(found.state_db).close()
    return found


def test_an_entry_says_who_what_when_and_with_which_version(acme: MigrationPaths) -> None:
    Session(acme).audit("connect", workspace="hl4e", missing=["Read tickets"])
    Session(acme).audit("export", bytes=12)
    first, second = map(json.loads, acme.audit.read_text("ascii").splitlines())
    assert (first["number"], first["who"], first["what"]) == (1, actor(), "connect")
    assert first["facts"] == {"workspace": "hl4e", "missing": ["Read tickets"]}
    assert first["version"]
    assert second["before"] == first["hash"]
    assert stat.S_IMODE(acme.audit.stat().st_mode) == 0o600
    assert verify(acme) == Verdict(2, None, 0)
    assert [entry.what for entry in entries(acme)] == ["connect", "export"]


def test_an_empty_log_is_whole(acme: MigrationPaths) -> None:
    assert verify(acme) == Verdict(0, None, 0)


def test_who_is_the_user_and_where_they_sit(monkeypatch: pytest.MonkeyPatch, acme: MigrationPaths) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "203.0.113.9 50000 10.0.0.1 22")
    Session(acme).audit("pause")
    assert entries(acme)[0].who.endswith("from 203.0.113.9")


def test_plan_changes_have_the_old_and_the_new_value(acme: MigrationPaths) -> None:
    before, after = Plan(), Plan.model_validate({"import": {"range": "6m"}, "admins": {"7": {"action": "skip"}}})
    audit_changes(Session(acme), before, after)
    audit_changes(Session(acme), after, after)
    (entry,) = entries(acme)
    changed = entry.facts["changed"]
    assert changed["import.range"] == {"old": "all", "new": "6m"}
    assert changed['admins."7"'] == {"old": None, "new": {"action": "skip", "role": "agent"}}
    assert "import.states" not in changed


def test_no_token_and_nothing_that_steers_a_terminal(acme: MigrationPaths) -> None:
    token = Secret("canary-6f1d0c2e")
    Session(acme).audit("x", said="Bearer canary-6f1d0c2e \x1b[31m", long="y" * 10_000, deep={"a": ["\u202e"]})
    body = acme.audit.read_text("ascii")
    assert "canary" not in body
    assert "\\u001b" not in body
    assert "\\u202e" not in body
    assert len(body) < 2_000
    assert token.unwrap()


def _change(lines: list[str], number: int) -> list[str]:
    return [line.replace('"what": "b"', '"what": "c"') if at == number else line for at, line in enumerate(lines)]


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda lines: _change(lines, 1), "line 2 was changed"),
        (lambda lines: lines[1:], "line 1 does not follow line 0"),
        (lambda lines: [lines[0], *lines[2:]], "line 2 does not follow line 1"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "line 1 does not follow line 0"),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], "line 3 does not follow line 2"),
        (lambda lines: lines[:-1], "the log ends with line 2, but line 3 was written"),
        (lambda lines: [], "the log ends with line 0, but line 3 was written"),
        (lambda lines: [lines[0], "rubbish", *lines[1:]], "what stands before line 2 is not what a crash left there"),
        (lambda lines: [lines[0], lines[1][:50], lines[2]], "line 2 does not follow line 1"),
    ],
)
def test_what_was_done_to_it_is_told(
    acme: MigrationPaths, spoil: Callable[[list[str]], list[str]], problem: str
) -> None:
    for what in ("a", "b", "c"):
        Session(acme).audit(what)
    lines = acme.audit.read_text("ascii").splitlines()
    acme.audit.write_text("".join(f"{line}\n" for line in spoil(lines)), "ascii")
    assert verify(acme).problem == problem


def test_a_history_that_was_made_up_anew_is_told(acme: MigrationPaths, tmp_path: Path) -> None:
    Session(acme).audit("undo")
    other = made(tmp_path / "other")
    Session(other).audit("nothing")
    acme.audit.write_bytes(other.audit.read_bytes())
    assert verify(acme).problem == "line 1 is not the one that was written"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 400), st.integers(0, 400))
def test_a_line_that_was_cut_by_a_crash_is_survived(
    tmp_path_factory: pytest.TempPathFactory, cut: int, again: int
) -> None:
    acme = made(tmp_path_factory.mktemp("home"))
    Session(acme).audit("a")
    whole = acme.audit.read_bytes()
    acme.audit.write_bytes(whole + whole[:cut].rstrip(b"\n}"))
    Session(acme).audit("b")
    with acme.audit.open("ab") as file:
        file.write(whole[: min(again, len(whole) - 2)])
    assert verify(acme).problem is None
    Session(acme).audit("c")
    assert verify(acme).problem is None
    assert [entry.what for entry in entries(acme)] == ["a", "b", "c"]


def test_the_last_line_break_may_be_missing(acme: MigrationPaths) -> None:
    Session(acme).audit("a")
    acme.audit.write_bytes(acme.audit.read_bytes()[:-1])
    Session(acme).audit("b")
    assert verify(acme) == Verdict(2, None, 0)


_WRITE_FOR_EVER = """
import sys, itertools
from pathlib import Path
from ochre_tui.core.paths import migration_paths
from ochre_tui.migration.session import Session
for number in itertools.count():
    Session(migration_paths(Path(sys.argv[1]), "acme")).audit("x", number=number, much="y" * 200)
    print(number, flush=True)
"""


def test_processes_that_are_killed_while_they_write(acme: MigrationPaths) -> None:
    for _ in range(3):
        two = [
            subprocess.Popen(
                [sys.executable, "-c", _WRITE_FOR_EVER, str(acme.folder.parent)], stdout=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        for process in two:
            assert process.stdout is not None
            assert process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        for process in two:
            process.communicate()
    Session(acme).audit("after")
    found = verify(acme)
    assert found.problem is None
    assert found.entries >= 7


def test_a_link_in_its_place_is_not_followed(acme: MigrationPaths, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("")
    acme.audit.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="is a link"):
        Session(acme).audit("a")
    assert os.stat(tmp_path / "elsewhere").st_size == 0
