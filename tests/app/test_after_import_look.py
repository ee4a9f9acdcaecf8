"""Verify, spot-check, cut over and wind down, as they look and as they work, on a small workspace that was imported."""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, DataTable, Input

from ochre_tui.app.app import OchreApp
from ochre_tui.migration.cutover import checklist
from ochre_tui.migration.cutover.entering import enter
from ochre_tui.migration.cutover.finding import Finding, keep
from ochre_tui.migration.overview import read_standing
from ochre_tui.migration.session import Session
from ochre_tui.migration.verify.model import CHECKS, Check
from ochre_tui.migration.verify.run import last_verified
from ochre_tui.migration.verify.run import verify as run_verify
from ochre_tui.sandbox.server import Running, Sandbox, running
from ochre_tui.screens.cut_over import CutOverValuesDialog
from ochre_tui.screens.spot_check import SpotCheckScreen
from ochre_tui.screens.steps import Step
from ochre_tui.screens.verify import VerifyScreen
from ochre_tui.store import checklist as marks
from ochre_tui.store import deleted, lease
from ochre_tui.widgets.dialogs import ConfirmDialog, ErrorDialog, InputDialog, MessageDialog
from ochre_tui.widgets.filter_list import FilterList
from tests.support.keyboard import settled
from tests.support.name_server_and_site import name_server
from tests.support.snapshots import IN_UTC, SIZES, Compare
from tests.support.staged_run import NOON, app_of, at_noon, import_all, opened, run_app, shown, until

pytestmark = IN_UTC


LIST_ROWS = pytest.mark.parametrize("row", [0, 1, 2], ids=["incomplete", "merged", "deleted"])


@pytest.fixture
def session(imported: Session) -> Session:
    return imported


def spoil(session: Session) -> None:
    """Change two customers behind everybody's back."""
    with sqlite3.connect(session.paths.workspace / "workspace.db") as conn:
        two = "SELECT id FROM customers ORDER BY id LIMIT 2"
        conn.execute(f"UPDATE customers SET name = '[red]Mallory[/]' WHERE id IN ({two})")
    conn.close()


def verify(session: Session) -> None:
    run_verify(replace(session, rng=random.Random(1)))


def look(step: Step, *keys: str) -> Callable[[Pilot[int]], Any]:
    async def before(pilot: Pilot[int]) -> None:
        await opened(pilot, step)
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)

    return before


# Verify


@SIZES
def test_not_verified_yet(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Every check waits."""
    assert snap_compare(app_of(session), terminal_size=size, run_before=look(Step.VERIFY))


@SIZES
def test_verified(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Everything is there."""
    verify(session)
    assert snap_compare(app_of(session), terminal_size=size, run_before=look(Step.VERIFY))


@SIZES
def test_differences(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The first check that differs is opened; brackets in names are no markup."""
    spoil(session)
    verify(session)
    assert snap_compare(app_of(session), terminal_size=size, run_before=look(Step.VERIFY, "enter"))


def test_a_difference(session: Session, snap_compare: Compare) -> None:
    """Both values."""
    spoil(session)
    verify(session)
    assert snap_compare(app_of(session), terminal_size=(80, 24), run_before=look(Step.VERIFY, "enter", "enter"))


def test_verified_before_the_last_import(session: Session, snap_compare: Compare) -> None:
    """What was verified before something else was imported proves nothing."""
    verify(session)
    with session.store() as store, store.transaction() as conn:
        conn.execute("UPDATE run SET ended_at = ?", (NOON + 1,))
    assert snap_compare(app_of(session), terminal_size=(80, 24), run_before=look(Step.VERIFY))


def test_verifying_by_keys(session: Session) -> None:
    spoil(session)
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.VERIFY)
        await until(pilot, lambda: isinstance(screen.focused, Button))
        await pilot.press("enter")
        await until(pilot, lambda: "differ" in shown(app) and isinstance(screen.focused, DataTable))
        await pilot.press("enter")
        await until(pilot, lambda: "[red]Mallory[/]" in shown(app) and screen.query_one(FilterList).rows.has_focus)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MessageDialog))
        assert "As Ochre has it" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("escape")
        await until(pilot, lambda: "Conversations, message by message" in shown(app))
        assert app.screen is screen

    run_app(app, at_the_keys)
    with session.store() as store:
        kept = last_verified(store)
    assert kept is not None
    assert {check.name for check in kept.checks if not check.ok} == {"customers", "second pass"}
    assert {one.field for check in kept.checks for one in check.differences} == {"name"}


def test_mending_what_differs_by_keys(session: Session) -> None:
    spoil(session)
    verify(session)
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.VERIFY)
        await until(pilot, lambda: "2 checks differ" in shown(app))
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert "2 differences are mended by `ochre-tui verify --mend`" in " ".join(shown(app).split())
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert not customers_right(session)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y", "m", "m")
        await until(pilot, lambda: "everything is there" in shown(app))
        assert app.screen is screen

    run_app(app, at_the_keys)
    assert customers_right(session)


def test_mending_that_fails_says_what_is_not_mended_and_why(session: Session) -> None:
    spoil(session)
    verify(session)
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.VERIFY)
        await until(pilot, lambda: "2 checks differ" in shown(app))
        with lease.held(session.paths.lock):
            await pilot.press("m")
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("y")
            await until(pilot, lambda: isinstance(app.screen, ErrorDialog))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        said = " ".join(shown(app).split())
        assert "2 differences are not mended (m tries again): Process " in said
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: "everything is there" in shown(app))

    run_app(app, at_the_keys)
    assert customers_right(session)


def customers_right(session: Session) -> bool:
    with sqlite3.connect(session.paths.workspace / "workspace.db") as conn:
        wrong = conn.execute("SELECT count(*) FROM customers WHERE name = '[red]Mallory[/]'").fetchone()[0]
    conn.close()
    return not wrong


def mend_by_keys(session: Session, command: str) -> None:
    """One check differs; what this command does mends it."""
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.VERIFY)
        await until(pilot, lambda: "check differs" in shown(app))
        await pilot.press("enter", "m")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert command in " ".join(shown(app).split())
        await pilot.press("y")
        await until(pilot, lambda: "everything is there" in shown(app))
        assert app.screen is screen

    run_app(app, at_the_keys)


def test_fetching_a_lost_file_by_keys(session: Session, sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", sandbox.token)
    lost = next(path for path in sorted((session.paths.workspace / "attachments").rglob("*")) if path.is_file())
    lost.unlink()
    verify(session)
    mend_by_keys(replace(session, now=time.time), "ochre-tui resync attachments")  # the import goes by the real clock
    assert lost.exists()


def test_trying_a_quarantined_conversation_again_by_keys(
    scanned_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(scanned_home, tmp_path / "home")
    with running(Sandbox(conversations=120, seed=3, faults=("malformed=path=/conversations/*,share=0.05",))) as sandbox:
        monkeypatch.setenv("OCHRE_TUI_INTERCOM_URL", sandbox.url)
        monkeypatch.setenv("OCHRE_TUI_ATTACHMENT_HOSTS", sandbox.attachment_host)
        monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", sandbox.token)
        session = replace(at_noon(tmp_path / "home"), now=time.time)
        import_all(session)
        verify(session)
        sandbox.control("faults", faults=[])
        mend_by_keys(session, "ochre-tui retry")


def test_walking_the_lists_beside_the_checks(session: Session) -> None:
    with session.store() as store, store.transaction() as conn:
        deleted.note(conn, 1, NOON - 60, "contacts", ["[b]c1[/]"])
    verify(session)
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.VERIFY)
        await until(pilot, lambda: "1 incomplete" in shown(app))
        await pilot.press("i")
        await until(pilot, lambda: "https://app.intercom.com/a/inbox/" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MessageDialog))
        assert "marked as incomplete" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("escape", "down", "enter")
        await until(pilot, lambda: "E-mails" in shown(app))
        await pilot.press("slash", *"example", "enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, MessageDialog))
        assert "Contacts that became it too" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("escape", "escape", "down", "enter")
        await until(pilot, lambda: "[b]c1[/]" in shown(app) and "still there" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MessageDialog))
        assert "Found deleted in Intercom on 1 Nov 2026" in shown(app)

    run_app(app, at_the_keys)


@pytest.fixture(scope="session")
def verified_home(imported_home: Path, sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, verified; Intercom has deleted a conversation since."""
    home = tmp_path_factory.mktemp("verified") / "home"
    shutil.copytree(imported_home, home)
    session = at_noon(home)
    with session.store() as store, store.transaction() as conn:
        deleted.note(conn, 1, NOON - 60, "conversations", ["215000000000001"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCHRE_TUI_ATTACHMENT_HOSTS", sandbox.attachment_host)
        verify(session)
    return home


@pytest.fixture
def verified(verified_home: Path, intercom: Running, tmp_path: Path) -> Session:
    shutil.copytree(verified_home, tmp_path / "home")
    return at_noon(tmp_path / "home")


@SIZES
@LIST_ROWS
def test_a_list_beside_the_checks(verified: Session, snap_compare: Compare, size: tuple[int, int], row: int) -> None:
    """What is no difference, and good to know."""
    assert snap_compare(app_of(verified), terminal_size=size, run_before=to_list(row))


@SIZES
@LIST_ROWS
def test_an_empty_list_beside_the_checks(
    verified: Session, snap_compare: Compare, size: tuple[int, int], row: int
) -> None:
    """It says what it means that it is empty."""
    with verified.store() as store:
        with store.transaction() as conn:
            conn.execute("DELETE FROM merge")
            conn.execute("DELETE FROM deleted")
        store.set("verified", {**(store.get("verified") or {}), "incomplete": []})
    assert snap_compare(app_of(verified), terminal_size=size, run_before=to_list(row))


def to_list(row: int) -> Callable[[Pilot[int]], Any]:
    async def before(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.VERIFY)
        await settled(pilot)
        table = screen.query_one("#check-table", DataTable)
        table.focus()
        table.move_cursor(row=len(CHECKS) + row)
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)

    return before


# Spot-check


@SIZES
def test_a_conversation_of_both_sides(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Intercom's left, Ochre's right."""

    async def before(pilot: Pilot[int]) -> None:
        await pilot.app.switch_screen(SpotCheckScreen(random.Random(5)))
        await settled(pilot)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


def which(app: OchreApp) -> str:
    """The line that names the conversation."""
    return shown(app).splitlines()[3]


def test_looking_at_five_conversations(session: Session) -> None:
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.SPOT_CHECK)
        primary = screen.query_one("#primary", Button)
        seen: set[str] = set()
        for _ in range(5):
            await until(
                pilot, lambda: not primary.has_class("-active") and which(app) not in seen and "cnv_" in which(app)
            )
            seen.add(which(app))
            await pilot.press("enter")
        await until(pilot, lambda: str(primary.label) == "Continue to Cut over")

    run_app(app, at_the_keys)
    with session.store() as store:
        assert len(marks.looked_at(store.conn)) == 5
    assert "spot_check" in read_standing(session, importing_here=False).finished


def test_finding_a_conversation_by_its_link(session: Session) -> None:
    with session.store() as store:
        intercom_id = store.conn.execute("SELECT id FROM conversation WHERE got_parts > 0 ORDER BY id").fetchone()[0]
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.SPOT_CHECK)
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(app.screen, InputDialog))
        link = f"https://app.intercom.com/a/inbox/x1/inbox/conversation/{intercom_id}"
        app.screen.query_one(Input).value = link
        await pilot.press("enter")
        await until(pilot, lambda: f"Intercom {intercom_id}" in shown(app))
        await pilot.press("space")
        await until(pilot, lambda: "1 of 5 looked at" in shown(app))
        await pilot.press("space")
        await until(pilot, lambda: "0 of 5 looked at" in shown(app))
        await pilot.press("slash", "9", "9", "enter")
        await until(pilot, lambda: isinstance(app.screen, ErrorDialog))
        assert "no conversation that was imported" in shown(app)
        await pilot.press("escape")
        assert app.screen is screen

    run_app(app, at_the_keys)


# Cut over and wind down


@SIZES
def test_nothing_cut_over_yet(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """What is to be done, where, and what to copy there."""
    assert snap_compare(app_of(session), terminal_size=size, run_before=look(Step.CUT_OVER, "down", "down"))


@SIZES
def test_cut_over_declared(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Some items are done, and customers reach Ochre."""
    for item in ("catch-up", "widget", checklist.CUT_OVER_DONE):
        checklist.tick(session, item)
    assert snap_compare(app_of(session), terminal_size=size, run_before=look(Step.CUT_OVER))


@SIZES
def test_winding_down(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The days are counted from the cut-over."""
    checklist.tick(session, checklist.CUT_OVER_DONE)
    checklist.tick(session, "hand-over")
    assert snap_compare(app_of(session), terminal_size=size, run_before=look(Step.WIND_DOWN))


@SIZES
def test_winding_down_before_the_cut_over(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The days can't be counted yet."""
    assert snap_compare(app_of(session), terminal_size=size, run_before=look(Step.WIND_DOWN))


def test_cutting_over_by_keys(session: Session) -> None:
    app = app_of(session)

    async def declare(pilot: Pilot[int], name: str) -> None:
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, InputDialog))
        app.screen.query_one(Input).value = name
        await pilot.press("enter")

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.CUT_OVER)
        await until(pilot, lambda: isinstance(screen.focused, DataTable))
        await pilot.press("space")
        await until(pilot, lambda: "1 of 10 done" in shown(app))
        await pilot.press("up", "enter")
        await until(pilot, lambda: "0 of 10 done" in shown(app))
        await declare(pilot, "something else")
        await until(pilot, lambda: "nothing was declared" in shown(app))
        await declare(pilot, " harbourlight ")
        await until(pilot, lambda: "Customers reach Ochre since 1 Nov 2026" in shown(app))
        assert str(screen.query_one("#primary", Button).label) == "Continue to Wind down"
        wind_down = await opened(pilot, Step.WIND_DOWN)
        await until(pilot, lambda: "until 1 Dec 2026" in shown(app) and "from 31 Dec 2026" in shown(app))
        await until(pilot, lambda: isinstance(wind_down.focused, DataTable))
        for done in range(1, 7):
            await pilot.press("space")
            await until(pilot, lambda done=done: f"({done} of 7 done)" in shown(app))  # type: ignore[misc]  # no type for a default
        await pilot.press("space")
        await until(pilot, lambda: "The migration is over" in shown(app))

    run_app(app, at_the_keys)
    assert {"cut_over", "wind_down"} <= read_standing(session, importing_here=False).finished


@SIZES
def test_looked_up(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """What is done by the look of it, and the evidence of the line under the cursor."""
    findings = [
        Finding("catch-up", "done", "The pass that began at 2026-11-01 11:59 UTC found nothing new in Intercom."),
        Finding("widget", "done", "https://acme.com loads ochrehq.com/api/widget/embed."),
        Finding("messenger", "not yet", "https://acme.com still holds Intercom's snippet (widget.intercom.io)."),
        Finding("mx", "not yet", "Mail to acme.com goes to mail.old.example, not to in.ochre.example."),
        Finding("spf", "can't tell", "No name server answers about acme.com."),
    ]
    with session.store() as store:
        keep(store, findings, NOON)
    enter(session, {"domain": "acme.com", "mx_host": "in.ochre.example"})
    assert snap_compare(app_of(session), terminal_size=size, run_before=look(Step.CUT_OVER, *["down"] * 4))


@SIZES
def test_the_values_of_the_cut_over(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Some are entered, one can't be right."""
    enter(session, {"site": "acme.com", "domain": "acme.com"})
    keys = ("e", "tab", "tab", "n", "o", "enter")
    assert snap_compare(app_of(session), terminal_size=size, run_before=look(Step.CUT_OVER, *keys))


def test_looking_up_by_keys(session: Session) -> None:
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.CUT_OVER)
        await until(pilot, lambda: isinstance(screen.focused, DataTable))
        await pilot.press("r", "r")
        await until(pilot, lambda: "Looked up at 12:00" in shown(app) and "can't tell" in shown(app))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, CutOverValuesDialog))
        fields = {field.name: field for field in app.screen.query(Input)}
        fields["domain"].value = "no domain"
        await pilot.press("enter")
        await until(pilot, lambda: "no domain name" in shown(app))
        fields["domain"].value = "acme.example"
        fields["name_server"].value = names.address
        fields["mx_host"].value = "in.ochre.example"
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("down", "down", "down", "down")
        await until(pilot, lambda: "Mail to acme.example goes to old.example" in shown(app))
        await until(pilot, lambda: "acme.example.  MX  10  in.ochre.example." in shown(app))

    with name_server() as names:
        names.zone = {("acme.example", "MX"): ["10 old.example."]}
        run_app(app, at_the_keys)


def test_winding_down_by_keys(session: Session, tmp_path: Path) -> None:
    app = app_of(session)
    out = tmp_path / "dates.ics"

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.WIND_DOWN)
        await until(pilot, lambda: isinstance(screen.focused, DataTable))
        await pilot.press("d")
        await until(pilot, lambda: "Declare the cut-over done first" in shown(app))
        checklist.tick(session, checklist.CUT_OVER_DONE)
        screen = await opened(pilot, Step.WIND_DOWN)
        await until(pilot, lambda: "until 1 Dec 2026" in shown(app))
        await pilot.press("r")
        await until(pilot, lambda: "30 of 30 days are left" in shown(app))
        await until(pilot, lambda: "Looked up at" in shown(app))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, InputDialog))
        app.screen.query_one(Input).value = str(out)
        await pilot.press("enter")
        await until(pilot, lambda: "The dates are in" in shown(app))

    run_app(app, at_the_keys)
    assert out.read_bytes().count(b"BEGIN:VEVENT") == 2


# Other colours, and what is not as it should be


@SIZES
@pytest.mark.parametrize(
    "step", [Step.VERIFY, Step.SPOT_CHECK, Step.CUT_OVER, Step.WIND_DOWN], ids=lambda step: step.value
)
def test_light(session: Session, snap_compare: Compare, step: Step, size: tuple[int, int]) -> None:
    """Every word can be read in the light theme."""
    verify(session)
    checklist.tick(session, "catch-up")

    async def before(pilot: Pilot[int]) -> None:
        if step is Step.SPOT_CHECK:
            await pilot.app.switch_screen(SpotCheckScreen(random.Random(5)))
        else:
            await opened(pilot, step)
        await settled(pilot)

    assert snap_compare(app_of(session, theme="light"), terminal_size=size, run_before=before)


@SIZES
def test_verifying(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Which checks are made, which one is at work, and how far it is."""

    async def before(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.VERIFY)
        assert isinstance(screen, VerifyScreen)
        screen.watch_checks()
        for name, number in zip(CHECKS[:3], (120, 120, 72), strict=True):
            screen.post_message(VerifyScreen.Checked(Check(name, number, number, True, [])))
        screen.post_message(VerifyScreen.Compared(CHECKS[3], 11))
        await settled(pilot)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


@SIZES
def test_verifying_fails(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """An archived record is damaged: what it means and what to do; behind it, that nothing is proven."""
    with session.store() as store, store.transaction() as conn:
        conn.execute("UPDATE archive SET body = x'00'")

    async def before(pilot: Pilot[int]) -> None:
        await opened(pilot, Step.VERIFY)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ErrorDialog))
        await settled(pilot)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


@SIZES
def test_a_spot_check_before_any_import(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Nothing can be looked at, and why."""
    with session.store() as store, store.transaction() as conn:
        conn.execute("UPDATE conversation SET in_scope = 0")
    assert snap_compare(app_of(session), terminal_size=size, run_before=look(Step.SPOT_CHECK))
