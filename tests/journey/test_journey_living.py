"""A source that lives: whatever is added, changed, merged and deleted between and during passes, once a catch-up is
quiet the export is what the world has come to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from ochre_tui.sandbox.server import Running, Sandbox, running
from ochre_tui.sandbox.truth import compare, expected_export
from tests.support.command_line import CommandLine, changes, cli_at

WORLD = Sandbox(conversations=40, seed=65, rate_limit=0)
TEAM = [("ana.silva@harbourlight.example", "Ana Silva", "owner")]
HIDDEN_COMPANY = 9, 4  # each ninth contact, from the fourth on, is the only one to name a company that no list shows

Step = tuple[str, int, int, int | None]
"""A change, two numbers that choose whom it meets, and before how many further requests it happens; None: at once."""

CHANGES = (
    "new_conversation", "add_part", "answer", "set_state", "delete_conversation", "merge_contacts", "rename_contact",
    "move_email", "delete_contact", "new_contact", "rename_company", "rename_tag", "new_tag", "new_macro",
)  # fmt: skip


@dataclass(slots=True)
class Living:
    """A world that changes; records that are deleted in a round are left alone by the other changes of that round."""

    sandbox: Running
    deleted_contacts: set[str] = field(default_factory=set)
    deleted_conversations: set[str] = field(default_factory=set)
    _used: set[str] = field(default_factory=set)

    def round(self, steps: Sequence[Step]) -> None:
        self._used.clear()
        for name, first, second, after in steps:
            change = self._change(name, first, second)
            if change is not None:
                body: dict[str, Any] = {"changes": [change]}
                self.sandbox.control("changes", **body, **({} if after is None else {"after": after}))

    def _change(self, name: str, first: int, second: int) -> dict[str, Any] | None:
        world = self.sandbox.world
        match name:
            case "rename_company":
                ids = world.company_ids()
                return {"change": "update_company", "id": ids[first % len(ids)], "name": f"Firm {second}"}
            case "rename_tag":
                tags = world.tags()
                return {"change": "rename_tag", "id": tags[first % len(tags)]["id"], "name": f"Renamed {second % 3}"}
            case "new_tag":
                return {"change": "new_tag", "name": f"New {second % 3}"}
            case "new_conversation" | "new_contact" | "new_macro":
                return {"change": name}
            case _:
                return self._change_record(name, first, second)

    def _change_record(self, name: str, first: int, second: int) -> dict[str, Any] | None:
        match name:
            case "add_part":
                return self._on_conversation("add_part", first, kind=("comment", "note", "assignment")[second % 3])
            case "answer":
                return self._on_conversation("add_part", first, kind="customer")
            case "set_state":
                return self._on_conversation("set_state", first, state=("open", "closed", "snoozed")[second % 3])
            case "delete_conversation":
                return self._delete_conversation(first)
            case "merge_contacts":
                loser, winner = self._contact(first), self._contact(second)
                if loser is None or winner is None:
                    return None
                return {"change": "merge_contacts", "loser": loser, "winner": winner}
            case "rename_contact":
                return self._on_contact(first, name=f"Somebody {second}")
            case "move_email":
                return self._on_contact(first, email=f" Moved{second % 3}@Elsewhere.example")
            case _:
                return self._delete_contact(first)

    def _conversation(self, choice: int) -> str | None:
        rows = [row for row in self.sandbox.world.conversation_index() if not row.feature and row.id not in self._used]
        if not rows:
            return None
        self._used.add(rows[choice % len(rows)].id)
        return rows[choice % len(rows)].id

    def _on_conversation(self, change: str, choice: int, **details: Any) -> dict[str, Any] | None:
        found = self._conversation(choice)
        return None if found is None else {"change": change, "id": found, **details}

    def _delete_conversation(self, choice: int) -> dict[str, Any] | None:
        found = self._conversation(choice)
        if found is None or self.sandbox.world.row(found).number >= WORLD.conversations:  # type: ignore[union-attr]
            return None
        self.deleted_conversations.add(found)
        return {"change": "delete_conversation", "id": found}

    def _contact(self, choice: int) -> str | None:
        ids = [one for one in self.sandbox.world.contact_ids() if one not in self._used]
        if not ids:
            return None
        self._used.add(ids[choice % len(ids)])
        return ids[choice % len(ids)]

    def _on_contact(self, choice: int, **fields: Any) -> dict[str, Any] | None:
        found = self._contact(choice)
        return None if found is None else {"change": "update_contact", "id": found, **fields}

    def _delete_contact(self, choice: int) -> dict[str, Any] | None:
        found = self._contact(choice)
        number = int(found[-6:], 16) if found else 0
        if found is None or number % HIDDEN_COMPANY[0] == HIDDEN_COMPANY[1] or number >= 0xC00000:
            return None
        self.deleted_contacts.add(found)
        return {"change": "delete_contact", "id": found}

    def happen_now(self) -> None:
        """What was to happen before a request that never came."""
        self.sandbox.site.scheduled = [(0, change) for _, change in self.sandbox.site.scheduled]


@dataclass(frozen=True, slots=True)
class Imported:
    """Everything imported once, of a world that has not changed yet; its addresses are in the bodies of messages."""

    cli: CommandLine
    world: Sandbox


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    with running(WORLD) as sandbox:
        cli = cli_at(tmp_path_factory.mktemp("imported"), sandbox)
        cli.ready(TEAM)
        cli.run()
        return Imported(cli, replace(WORLD, port=port(sandbox.url), files_port=port(sandbox.files_url)))


def port(url: str) -> int:
    return int(url.rpartition(":")[2])


@contextmanager
def again(imported: Imported, home: Path, *settings: str) -> Iterator[tuple[Running, CommandLine]]:
    """The same import beside the same world, both ready to change."""
    shutil.rmtree(home, ignore_errors=True)
    with running(imported.world) as sandbox:
        cli = imported.cli.copied(home)
        if settings:
            cli.set(*settings)
        yield sandbox, cli


def catch_up(cli: CommandLine, *words: str) -> list[dict[str, Any]]:
    """The events of a catch-up that ends quietly, with nothing outstanding but what Intercom can't deliver."""
    ran = cli.call("catch-up", "--json", *words)
    assert ran.exit in {0, 3}, ran.said
    passes = [event for event in ran.events if event["event"] == "pass"]
    assert passes[-1]["quiet"], ran.said
    assert changes(ran.events[-1]["status"]) == {}
    return ran.events


steps = st.lists(
    st.tuples(
        st.sampled_from(CHANGES), st.integers(0, 999), st.integers(0, 999), st.none() | st.integers(1, 45)
    ),
    max_size=8,
)  # fmt: skip


ROUNDS = st.lists(steps, min_size=1, max_size=2)
AS_OFTEN = settings(
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize("policy", ["keep", "remove"])
@settings(AS_OFTEN, max_examples=2)
@given(rounds=ROUNDS)
@example(rounds=[[(name, 3, 14, None) for name in CHANGES], [(name, 5, 15, 9) for name in CHANGES]])
def test_once_quiet_the_export_is_what_the_world_has_come_to(
    imported: Imported, tmp_path: Path, policy: str, rounds: list[list[Step]]
) -> None:
    live_through(imported, tmp_path / "home", policy, rounds)


@pytest.mark.long
@pytest.mark.parametrize("policy", ["keep", "remove"])
@settings(AS_OFTEN, max_examples=40)
@given(rounds=ROUNDS)
@example(
    rounds=[[("delete_contact", n, 0, None) for n in range(6)], [("delete_conversation", n, 0, 12) for n in range(4)]]
)
@example(rounds=[[("answer", 1, 0, n) for n in range(12, 40, 3)]])
def test_whatever_happens_meanwhile(imported: Imported, tmp_path: Path, policy: str, rounds: list[list[Step]]) -> None:
    live_through(imported, tmp_path / "home", policy, rounds)


def live_through(imported: Imported, home: Path, policy: str, rounds: list[list[Step]]) -> None:
    with again(imported, home, f"import.deleted={policy}") as (sandbox, cli):
        world = Living(sandbox)
        for steps in rounds:
            world.round(steps)
            catch_up(cli)
            while sandbox.site.scheduled:
                world.happen_now()
                catch_up(cli)
        catch_up(cli)  # what happened during the quiet pass itself
        gone = [row for row in catch_up(cli) if row["event"] == "deleted"]
        assert gone == []
        kept = sandbox.world
        if policy == "keep":
            kept = kept.keeping(
                {one for one in world.deleted_contacts if kept.contact_state(one) == "deleted"},
                [one for one in world.deleted_conversations if kept.row(one) is None],
            )
        found = compare(cli.export("compared"), expected_export(kept, cli.truth_plan()))
        assert [difference[:500] for difference in found] == []
        cli.do("verify")
