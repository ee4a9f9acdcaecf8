"""Migrations made up record by record, so that a screen shows one moment and no other."""

from __future__ import annotations

import asyncio
import fcntl
import os
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from ochre_tui.app.app import OchreApp
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.intercom.workspace import Workspace
from ochre_tui.migration.home import Home
from ochre_tui.migration.importer.thread import prepare_import
from ochre_tui.migration.plan_editor import PlanEditor
from ochre_tui.migration.session import Session
from ochre_tui.migration.status import Status, read
from ochre_tui.screens.step_screen import StepScreen
from ochre_tui.screens.steps import Step, barrier
from ochre_tui.store import events, files, lease, outcomes, runs, worklist
from ochre_tui.store.files import AttachmentRow
from ochre_tui.store.runs import RunState
from ochre_tui.store.store import Store
from ochre_tui.store.worklist import Listed

BEGAN = 1_793_534_400  # 2026-11-01 12:00 UTC
NOW = BEGAN + 1_700
WAIT_S = 20
_HOLDS_STILL = 5
_HOLDING: set[asyncio.Task[None]] = set()
NOON = 1_793_534_400


def at_noon(home: Path) -> Session:
    """The migration `default`, at noon."""
    return Home(home, now=lambda: NOON, rng=random.Random(1)).open("default")


def app_of(session: Session, **options: Any) -> OchreApp:
    """The app that works on this migration."""
    home = Home(session.paths.home, session.now, session.rng, session.tokens)
    return OchreApp(home, session, **options)


def status_of(session: Session) -> Status:
    with session.store() as store:
        return read(store, session.paths)


def import_all(session: Session) -> None:
    """Import to the end, by the plan, which is the default one where there is none."""
    PlanEditor(session).update(lambda plan: plan)
    thread = prepare_import(session)
    thread.start()
    thread.join()
    assert thread.failure is None


def connected(home: Path) -> Session:
    """A migration that is connected and planned, and has imported nothing."""
    session = Home(home, now=lambda: NOW).create("acme")
    workspace = Workspace("hl4e0740", "Harbourlight [EU]", "EU", "Europe/Lisbon", "https://api.eu.intercom.io", None)
    with session.store() as store:
        store.set("intercom", asdict(workspace))
        store.set("app", {"step": "import"})
    session.open_target().close()
    session.paths.plan.write_text("[import]\n", "utf-8")
    return session


def stage(
    session: Session,
    *,
    state: RunState = "importing",
    reason: str | None = None,
    phase: str = "conversations",
    quarantined: int = 2,
    missing: int = 1,
    waiting: int = 0,
) -> None:
    """Make the store what an import of 5,000 conversations leaves 28 minutes after it began."""
    done = 5_000 if state == "completed" else 3_100
    with session.store() as store, store.transaction() as conn:
        run = runs.begin(conn, BEGAN).id
        events.note(conn, BEGAN, "info", "state", "The import began.")
        for number, name in enumerate(("setup", "listing", "people", phase)):
            runs.enter(conn, run, name)
            events.note(conn, BEGAN + 20 * number, "info", "phase", name)
        runs.beat(conn, NOW, _pulse(run, 5_000 - done, waiting))
        events.note(conn, BEGAN + 900, "warning", "limit", "Intercom refused a request (429); all wait for its window.")
        outcomes.record(conn, run, "conversations", [(f"{n}", "created", None) for n in range(done - quarantined)])
        outcomes.record(
            conn,
            run,
            "conversations",
            [
                (f"2150{n:011}", "quarantined", "Intercom sent a [red]conversation[/] without an id.")
                for n in range(quarantined)
            ],
        )
        for kind, number in (("customers", 1_240), ("companies", 187), ("custom_fields", 25), ("users", 11)):
            outcomes.record(conn, run, kind, [(f"{n}", "created", None) for n in range(number)])  # type: ignore[arg-type]  # the literals of the line above
        stored = [AttachmentRow(f"a{n}", f"{n}", "stored", 21_000) for n in range(812)]
        files.attach(conn, [], stored + [AttachmentRow(f"m{n}", f"{n}", "missing", 0) for n in range(missing)])
        worklist.enlist(conn, run, [Listed(f"2150{n:011}", BEGAN, BEGAN, "open", "email") for n in range(quarantined)])
        if state != "importing":
            runs.end(conn, run, state, reason, NOW - 240)
            level: events.Level = "error" if state == "failed" else "info"
            events.note(conn, NOW - 240, level, "state", reason or "The import is complete.")


def _pulse(run: int, to_do: int, waiting: int) -> dict[str, object]:
    """Ten minutes of work at a pace that goes up and down."""
    rng = random.Random(7)
    samples, records = [], 0
    for number in range(120):
        samples.append((5.0 * number, records, records + 40))
        records += rng.randrange(8, 28)
    return {
        "run": run,
        "samples": samples,
        "to_do": to_do,
        "listed": {"conversations": 5_000, "contacts": 1_300, "companies": 187},
        "window_limit": 1_666,
        "window_used": 1_666 if waiting else 1_203,
        "window_resets_in": 3.6,
        "waiting": waiting,
        "throttle_percent": 100,
    }


@contextmanager
def somebody_at_work(paths: MigrationPaths) -> Iterator[None]:
    """The lease is held, as by another process."""
    with lease.held(paths.lock):
        yield


def damage(database: Path) -> None:
    """Leave nothing of a database that could be read."""
    for log in database.parent.glob(f"{database.name}-*"):
        log.unlink()
    database.write_bytes(b"no database" * 1000)


async def keep_waiting(folder: Path) -> None:
    """Lock a migration's folder until the app has ended: until then, whoever opens its store or workspace waits."""
    locked = os.open(folder, os.O_RDONLY)
    fcntl.flock(locked, fcntl.LOCK_EX)

    async def hold() -> None:
        try:
            await asyncio.Event().wait()
        finally:  # the loop's last act before it waits for the threads
            os.close(locked)

    holding = asyncio.create_task(hold())
    _HOLDING.add(holding)
    holding.add_done_callback(_HOLDING.discard)
    await asyncio.sleep(0)


async def opened(pilot: Pilot[int], step: Step) -> StepScreen:
    """The screen of a step, once it is there."""
    app = pilot.app
    assert isinstance(app, OchreApp)
    assert barrier(step, app.standing) is None, barrier(step, app.standing)
    app.go(step)
    await until(
        pilot, lambda: isinstance(app.screen, StepScreen) and app.screen.STEP is step and app.screen.query("#primary")
    )
    await still(pilot)
    assert isinstance(app.screen, StepScreen)
    return app.screen


async def open_unread(pilot: Pilot[int], step: Step) -> None:
    """Open a step's screen by the standing that is known, whatever its own reading comes to."""
    app, before = pilot.app, pilot.app.screen
    assert isinstance(app, OchreApp)
    app.post_message(OchreApp.StandingRead(app.standing, step))
    await until(pilot, lambda: app.screen is not before and app.screen_stack[1].query("#primary"))
    await still(pilot)


async def until(pilot: Pilot[int], reached: Callable[[], object]) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + WAIT_S
    while not reached():
        assert time.monotonic() < end, f"it never came to that:\n{shown(pilot.app)}"
        await pilot.pause(0.05)


async def still(pilot: Pilot[int]) -> None:
    """Wait until what is painted has held still for a while."""
    end = time.monotonic() + WAIT_S
    seen, since = "", 0
    while since < _HOLDS_STILL:
        assert time.monotonic() < end, f"it never held still:\n{seen}"
        await pilot.pause(0.05)
        now = shown(pilot.app)
        seen, since = now, since + 1 if now == seen else 0


def run_app(app: OchreApp, work_: Callable[[Pilot[int]], Awaitable[None]], size: tuple[int, int] = (80, 24)) -> None:
    """Run the app without a terminal, with somebody at its keys."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await work_(pilot)

    asyncio.run(run())


def shown(app: App[int]) -> str:
    """The text on the screen."""
    width = app.size.width
    lines = app.screen._compositor.render_strips()  # the only way to what is painted
    return "\n".join(strip.text[:width].rstrip() for strip in lines)


def store_of(session: Session) -> Store:
    return Store(session.paths.state_db)
