"""How far a migration is, as its store and its folder tell."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.network import is_loopback
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.migration import connection, destination, status
from ochre_tui.migration.cutover import checklist
from ochre_tui.migration.plan.file import read_plan
from ochre_tui.migration.plan.model import Plan
from ochre_tui.migration.plan_review import undecided
from ochre_tui.migration.scan.result import last_scan
from ochre_tui.migration.session import Session
from ochre_tui.migration.status import State
from ochre_tui.migration.summary import APP_KEY
from ochre_tui.migration.verify import spot_check
from ochre_tui.store.store import Store


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a migration is: what the header, the rail and the way from step to step go by.

    `rehearsal`: Intercom's API answers on this machine, so it is a simulated one. `importing_here`: in this process.
    `step` is where the operator was, `finished` the steps whose work by hand is done.
    """

    name: str | None = None
    source: str | None = None
    region: str | None = None
    rehearsal: bool = False
    target: str | None = None
    connected: bool = False
    scanned: bool = False
    planned: bool = False
    undecided_admins: int = 0
    undecided_attributes: int = 0
    ran: bool = False
    state: State = "new"
    reason: str | None = None
    importing_here: bool = False
    verified: bool | None = None
    step: str = "connect"
    finished: frozenset[str] = frozenset()


def read_standing(session: Session, *, importing_here: bool) -> Standing:
    """How far the migration is."""
    paths = session.paths
    with session.store() as store:
        scanned, plan = last_scan(store), _plan_if_valid(paths)
        workspace = store.get("intercom")
        now = status.read(store, paths)
        app = store.get(APP_KEY) or {}
        verified = store.get("verified")
        finished = _finished_by_hand(store, paths)
    target_name = _target_name(paths)
    admins, attributes = undecided(scanned, plan)
    return Standing(
        name=paths.name,
        source=workspace["name"] if workspace else None,
        region=workspace["region"] if workspace else None,
        rehearsal=bool(workspace) and is_loopback(urlsplit(_api_url(workspace)).hostname or ""),
        target=target_name,
        connected=workspace is not None,
        scanned=scanned is not None,
        planned=paths.plan.exists(),
        undecided_admins=admins,
        undecided_attributes=attributes,
        ran=now.state != "new",
        state=now.state,
        reason=now.reason,
        importing_here=importing_here,
        verified=None if verified is None else bool(verified["ok"]),
        step=app.get("step", "connect"),
        finished=finished,
    )


def remember_step(session: Session, step: str) -> None:
    """Remember where the operator is in the app."""
    with session.store() as store:
        store.set(APP_KEY, {**(store.get(APP_KEY) or {}), "step": step})


def _target_name(paths: MigrationPaths) -> str:
    """Without a request: this is looked at again and again."""
    server = destination.pinned_server(paths)
    if server is not None:
        return server.name
    with closing(destination.open_embedded(paths)) as workspace:
        return workspace.name


def _finished_by_hand(store: Store, paths: MigrationPaths) -> frozenset[str]:
    """The steps that consist of looking and ticking off, as far as they are done."""
    ticked = checklist.ticked(store)
    done = {
        "spot_check": spot_check.looked_at(store) >= spot_check.ENOUGH,
        "cut_over": checklist.CUT_OVER_DONE in ticked,
        "wind_down": all(item.id in ticked for item in checklist.wind_down_items(paths.name)),
    }
    return frozenset(step for step, is_done in done.items() if is_done)


def _api_url(workspace: dict[str, Any]) -> str:
    return connection.intercom_url() or str(workspace["base_url"])


def _plan_if_valid(paths: MigrationPaths) -> Plan | None:
    try:
        return read_plan(paths.plan) if paths.plan.exists() else None
    except OchreTuiError:
        return None
