"""What mends is killed at random places and repeated: it ends as one that was left alone, and nothing else changes."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ochre_tui.core.failpoints import armed
from ochre_tui.sandbox.server import Running, Sandbox
from tests.support.command_line import CommandLine, contents, lines, staff
from tests.support.planted import changed_body, lost_customer, missing_message
from tests.support.spoilable import Spoilable

WORLD = Sandbox(conversations=60, seed=10, rate_limit=0)
TEAM = [("ana.silva@harbourlight.example", "Ana Silva", "owner"), ("desk@example.com", "Front Desk", "agent")]
KILLED = 2
EVERYWHERE = "*"


@pytest.fixture
def cli(imported: tuple[Running, CommandLine], tmp_path: Path) -> Spoilable:
    copy = imported[1].copied(tmp_path / "home")
    return Spoilable(copy.home, copy.environment, copy.team)


def another_mapping(cli: Spoilable, sandbox: Running) -> None:
    emeka = staff(sandbox)[4].id
    cli.set(f'admins."{emeka}".action=match', f'admins."{emeka}".user=desk@example.com')


def another_field(cli: Spoilable, sandbox: Running) -> None:
    entries = cli.plan_read()["fields"]["conversation"]
    cli.set(*[f'fields.conversation."{name}".action=skip' for name in list(entries)[:3]])


def planted(cli: Spoilable, sandbox: Running) -> None:
    missing_message(cli)
    lost_customer(cli)
    changed_body(cli)


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
    cli: Spoilable,
    tmp_path: Path,
    words: list[str],
    prepare: Callable[[Spoilable, Running], None],
    may_change: set[str],
) -> None:
    prepare(cli, sandbox)
    before = contents(cli.export("before"))
    alone = cli.copied(tmp_path / "alone")
    with armed(f"{EVERYWHERE}=0:pass") as places:
        alone.do(*words)
    expected = contents(alone.export("expected"))
    changed = {name.removesuffix(".jsonl") for name, data in expected.items() if before.get(name) != data}
    assert changed
    assert changed <= may_change
    killed_and_repeated(cli, places.reached.total(), *words)
    assert contents(cli.export("after")) == expected
    assert cli.do("verify", "--json").json["ok"]


def test_forgetting_somebody(cli: Spoilable, tmp_path: Path) -> None:
    before = contents(cli.export("before"))
    email = next(one["email"] for one in lines(cli.home / "before.zip", "customers.jsonl") if one["email"])
    alone = cli.copied(tmp_path / "alone")
    with armed(f"{EVERYWHERE}=0:pass") as places:
        alone.do("forget", email, "--yes")
    killed_and_repeated(cli, places.reached.total(), "forget", email, "--yes")
    for kept in (cli, alone):
        assert "is known here" in kept.do("forget", email, "--yes", expect=2).err
        assert contents(kept.export("after")) == before
        assert kept.do("verify", "--json").json["ok"]


def test_verifying_changes_nothing(sandbox: Running, cli: Spoilable, tmp_path: Path) -> None:
    planted(cli, sandbox)
    before = contents(cli.export("before"))
    alone = cli.copied(tmp_path / "alone")
    with armed(f"{EVERYWHERE}=0:pass") as places:
        expected = alone.do("verify", "--json", expect=8).json
    killed_and_repeated(cli, places.reached.total(), "verify", expect=8)
    assert cli.do("verify", "--json", expect=8).json["checks"][:-2] == expected["checks"][:-2]
    assert contents(cli.export("after")) == before


def killed_and_repeated(cli: CommandLine, places: int, *words: str, expect: int = 0) -> None:
    """Kill the command at random ones of the places where it writes, then leave it alone."""
    assert places
    chance = random.Random(7)
    ended = set()
    for n in sorted(chance.randint(1, places) for _ in range(KILLED)):
        process = cli.start(*words, OCHRE_TUI_FAILPOINT=f"{EVERYWHERE}={n}:kill")
        process.communicate(timeout=120)
        ended.add(process.returncode)
    assert -signal.SIGKILL in ended
    assert ended <= {-signal.SIGKILL, expect}
    cli.call(*words)
