"""What mends is killed at random places and repeated: it ends as one that was left alone, and nothing else changes."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ochre_tui.core.failpoints import armed
from ochre_tui.sandbox.server import Running, Sandbox
from tests.support.command_line import Desk, contents, lines, staff
from tests.support.planted import changed_body, lost_customer, missing_message
from tests.support.spoilable import Spoilable

WORLD = Sandbox(conversations=60, seed=10, rate_limit=0)
TEAM = [("ana.silva@harbourlight.example", "Ana Silva", "owner"), ("desk@example.com", "Front Desk", "agent")]
KILLED = 2
EVERYWHERE = "*"


@pytest.fixture
def desk(imported: tuple[Running, Desk], tmp_path: Path) -> Spoilable:
    copy = imported[1].copied(tmp_path / "home")
    return Spoilable(copy.home, copy.environment, copy.team)


def another_mapping(desk: Spoilable, sandbox: Running) -> None:
    emeka = staff(sandbox)[4].id
    desk.set(f'admins."{emeka}".action=match', f'admins."{emeka}".user=desk@example.com')


def another_field(desk: Spoilable, sandbox: Running) -> None:
    entries = desk.plan_read()["fields"]["conversation"]
    desk.set(*[f'fields.conversation."{name}".action=skip' for name in list(entries)[:3]])


def planted(desk: Spoilable, sandbox: Running) -> None:
    missing_message(desk)
    lost_customer(desk)
    changed_body(desk)


@pytest.mark.parametrize(
    ("words", "prepare", "may_change"),
    [
        (["resync", "attribution"], another_mapping, {"team", "messages", "conversations"}),
        (["resync", "fields"], another_field, {"custom_fields", "conversations"}),
        (["verify", "--mend"], planted, {"messages", "customers", "aliases"}),
    ],
    ids=["attribution", "fields", "mend"],
)
def test_what_changes_is_what_changes_without_interruption(
    sandbox: Running,
    desk: Spoilable,
    tmp_path: Path,
    words: list[str],
    prepare: Callable[[Spoilable, Running], None],
    may_change: set[str],
) -> None:
    prepare(desk, sandbox)
    before = contents(desk.export("before"))
    alone = desk.copied(tmp_path / "alone")
    with armed(f"{EVERYWHERE}=0:pass") as places:
        alone.do(*words)
    expected = contents(alone.export("expected"))
    changed = {name.removesuffix(".jsonl") for name, data in expected.items() if before.get(name) != data}
    assert changed
    assert changed <= may_change
    killed_and_repeated(desk, places.reached.total(), *words)
    assert contents(desk.export("after")) == expected
    assert desk.do("verify", "--json").json["ok"]


def test_forgetting_somebody(desk: Spoilable, tmp_path: Path) -> None:
    before = contents(desk.export("before"))
    email = next(one["email"] for one in lines(desk.home / "before.zip", "customers.jsonl") if one["email"])
    alone = desk.copied(tmp_path / "alone")
    with armed(f"{EVERYWHERE}=0:pass") as places:
        alone.do("forget", email, "--yes")
    killed_and_repeated(desk, places.reached.total(), "forget", email, "--yes")
    for kept in (desk, alone):
        assert "is known here" in kept.do("forget", email, "--yes", expect=2).err
        assert contents(kept.export("after")) == before
        assert kept.do("verify", "--json").json["ok"]


def test_verifying_changes_nothing(sandbox: Running, desk: Spoilable, tmp_path: Path) -> None:
    planted(desk, sandbox)
    before = contents(desk.export("before"))
    alone = desk.copied(tmp_path / "alone")
    with armed(f"{EVERYWHERE}=0:pass") as places:
        expected = alone.do("verify", "--json", expect=8).json
    killed_and_repeated(desk, places.reached.total(), "verify", expect=8)
    assert desk.do("verify", "--json", expect=8).json["checks"][:-2] == expected["checks"][:-2]
    assert contents(desk.export("after")) == before


def killed_and_repeated(desk: Desk, places: int, *words: str, expect: int = 0) -> None:
    """Kill the command at random ones of the places where it writes, then leave it alone."""
    assert places
    chance = random.Random(7)
    ended = set()
    for n in sorted(chance.randint(1, places) for _ in range(KILLED)):
        process = desk.start(*words, OCHRE_TUI_FAILPOINT=f"{EVERYWHERE}={n}:kill")
        process.communicate(timeout=120)
        ended.add(process.returncode)
    assert -signal.SIGKILL in ended
    assert ended <= {-signal.SIGKILL, expect}
    desk.call(*words)
