"""The common ending of all fault tests: in the end it is as if nothing had happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ochre_tui.intercom.clock import Clock
from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import Desk, added_up, changes, contents, desk_at, hurried

TEAM = [("ana.silva@harbourlight.example", "Ana Silva", "owner")]


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A desk ready to import, and what an import that nobody disturbs comes to."""

    sandbox: Running
    ready: Desk
    exported: dict[str, bytes]
    status: dict[str, Any]

    def desk(self, home: Path) -> Desk:
        """The desk that is ready, in a folder of its own."""
        return self.ready.copied(home)


@contextmanager
def undisturbed_by(folder: Path, config: Sandbox, clock: Clock = hurried) -> Iterator[Undisturbed]:
    """A sandbox, and an import from it that nothing disturbs; time is hurried on both sides."""
    with running(config, clock=clock.monotonic) as sandbox:
        ready = desk_at(folder / "ready", sandbox)
        ready.ready(TEAM)
        done = ready.copied(folder / "done")
        done.run_hurried(clock=clock)
        assert done.differences(sandbox) == []
        yield Undisturbed(sandbox, ready, contents(done.export()), done.status())


def ends_alike(undisturbed: Undisturbed, desk: Desk) -> None:
    """Taken to its end without faults: nothing lost or doubled, the same counts, and a second pass changes nothing."""
    undisturbed.sandbox.control("faults", faults=[])
    if desk.status()["state"] != "completed":
        desk.run_hurried(outage_timeout_s=3600.0)
    status = desk.status()
    assert status["state"] == "completed", status["reason"]
    assert _counted(status) == _counted(undisturbed.status)
    _is_all_there(undisturbed, desk)


def ends_alike_once_tried_again(undisturbed: Undisturbed, desk: Desk) -> None:
    """As `ends_alike`, for an import that was completed but for what stayed out of it: one more run brings that."""
    undisturbed.sandbox.control("faults", faults=[])
    desk.run_hurried()
    status = desk.status()
    found = {kind: row["found"] for kind, row in status["counts"].items()}
    assert found == {kind: row["found"] for kind, row in undisturbed.status["counts"].items()}
    assert status["attachments"] == undisturbed.status["attachments"]
    _is_all_there(undisturbed, desk)


def _counted(status: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {**status["counts"], "contacts": status["contacts"], "attachments": status["attachments"]}


def _is_all_there(undisturbed: Undisturbed, desk: Desk) -> None:
    assert added_up(desk.status())
    assert contents(desk.export()) == undisturbed.exported
    assert desk.differences(undisturbed.sandbox) == []
    assert list((desk.folder / "spool").iterdir()) == []
    stored = [path for path in (desk.folder / "workspace" / "attachments").rglob("*") if path.is_file()]
    assert len(stored) == sum(name.startswith("attachments/") for name in undisturbed.exported)
    assert changes(desk.run()) == {}
