"""The common ending of all fault tests: in the end it is as if nothing had happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ochre_tui.intercom.clock import Clock
from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import CommandLine, added_up, changes, cli_at, contents, hurried

TEAM = [("ana.silva@harbourlight.example", "Ana Silva", "owner")]


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A migration ready to import, and what an import that nobody disturbs comes to."""

    sandbox: Running
    ready: CommandLine
    exported: dict[str, bytes]
    status: dict[str, Any]

    def cli(self, home: Path) -> CommandLine:
        """The ready migration, in a folder of its own."""
        return self.ready.copied(home)


@contextmanager
def undisturbed_by(folder: Path, config: Sandbox, clock: Clock = hurried) -> Iterator[Undisturbed]:
    """A sandbox, and an import from it that nothing disturbs; time is hurried on both sides."""
    with running(config, clock=clock.monotonic) as sandbox:
        ready = cli_at(folder / "ready", sandbox)
        ready.ready(TEAM)
        done = ready.copied(folder / "done")
        done.run_hurried(clock=clock)
        assert done.differences(sandbox) == []
        yield Undisturbed(sandbox, ready, contents(done.export()), done.status())


def ends_alike(undisturbed: Undisturbed, cli: CommandLine) -> None:
    """Taken to its end without faults: nothing lost or doubled, the same counts, and a second pass changes nothing."""
    undisturbed.sandbox.control("faults", faults=[])
    if cli.status()["state"] != "completed":
        cli.run_hurried(outage_timeout_s=3600.0)
    status = cli.status()
    assert status["state"] == "completed", status["reason"]
    assert _counted(status) == _counted(undisturbed.status)
    _is_all_there(undisturbed, cli)


def ends_alike_once_tried_again(undisturbed: Undisturbed, cli: CommandLine) -> None:
    """As `ends_alike`, for an import that was completed but for what stayed out of it: one more run brings that."""
    undisturbed.sandbox.control("faults", faults=[])
    cli.run_hurried()
    status = cli.status()
    found = {kind: row["found"] for kind, row in status["counts"].items()}
    assert found == {kind: row["found"] for kind, row in undisturbed.status["counts"].items()}
    assert status["attachments"] == undisturbed.status["attachments"]
    _is_all_there(undisturbed, cli)


def _counted(status: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {**status["counts"], "contacts": status["contacts"], "attachments": status["attachments"]}


def _is_all_there(undisturbed: Undisturbed, cli: CommandLine) -> None:
    assert added_up(cli.status())
    assert contents(cli.export()) == undisturbed.exported
    assert cli.differences(undisturbed.sandbox) == []
    assert list((cli.folder / "spool").iterdir()) == []
    stored = [path for path in (cli.folder / "workspace" / "attachments").rglob("*") if path.is_file()]
    assert len(stored) == sum(name.startswith("attachments/") for name in undisturbed.exported)
    assert changes(cli.run()) == {}
