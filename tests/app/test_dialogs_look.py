"""The dialogs that work: the team, the search for a customer, the passphrase; empty, busy, failing and ready."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from ochre_tui.core.secret import Secret
from ochre_tui.migration.encrypt import encrypt
from ochre_tui.migration.session import Session
from ochre_tui.sandbox.server import Running
from ochre_tui.screens.customer_search import CustomerConversations, CustomerSearch
from ochre_tui.screens.passphrase import NewPassphraseDialog, PassphraseDialog
from ochre_tui.screens.steps import Step
from ochre_tui.screens.team import TeamDialog
from ochre_tui.widgets.dialogs import ConfirmDialog
from tests.support.keyboard import settled
from tests.support.known_customer import SOMEBODY, THEIR_COMPANY
from tests.support.passphrases import WORDS, forget_all
from tests.support.snapshots import IN_UTC, SIZES, Compare
from tests.support.staged_run import app_of, at_noon, connected, damage, keep_waiting, opened, still, until

pytestmark = IN_UTC


@pytest.fixture
def session(imported_here: Session) -> Session:
    return imported_here


# The team


@SIZES
def test_nobody_in_the_team(tmp_path: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """How to begin."""
    app = app_of(connected(tmp_path))

    async def before(pilot: Pilot[int]) -> None:
        await settled(pilot)
        app.push_screen(TeamDialog())
        await still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


@SIZES
def test_reading_the_team(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[int]) -> None:
        await settled(pilot)
        await keep_waiting(session.paths.folder)
        pilot.app.push_screen(TeamDialog())
        await still(pilot)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


@SIZES
def test_somebody_who_can_not_be_added(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """What is wrong with each line of the file; those who are in the team stay in sight."""
    Path("team.csv").write_text("email,name,role\nno address,Kim,agent\nlee@ochre.example,Lee,boss\n", "utf-8")

    async def before(pilot: Pilot[int]) -> None:
        await settled(pilot)
        pilot.app.push_screen(TeamDialog())
        await until(pilot, lambda: isinstance(pilot.app.screen, TeamDialog) and pilot.app.screen.query("#file"))
        file = pilot.app.screen.query_one("#file", Input)
        file.focus()
        file.value = "team.csv"
        await pilot.press("enter")
        await still(pilot)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


# The search for a customer


async def search(pilot: Pilot[int], words: str) -> None:
    """Open the search and let these words be typed."""
    await opened(pilot, Step.VERIFY)
    await settled(pilot)
    await pilot.press("f")
    await until(pilot, lambda: isinstance(pilot.app.screen, CustomerSearch) and pilot.app.screen.query(Input))
    pilot.app.screen.query_one(Input).value = words
    await settled(pilot)


@SIZES
def test_nobody_is_found(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[int]) -> None:
        await search(pilot, "nobody-of-this-name")

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


@SIZES
def test_searching(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Who was found before goes once the others are there."""

    async def before(pilot: Pilot[int]) -> None:
        await search(pilot, "ma")
        await keep_waiting(session.paths.folder)
        await pilot.press("r")
        await still(pilot)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


@SIZES
def test_a_search_that_fails(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[int]) -> None:
        await search(pilot, "ma")
        damage(session.paths.workspace / "workspace.db")
        await pilot.press("r")
        await settled(pilot)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


@SIZES
def test_a_customer_without_conversations(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    with session.target() as workspace:
        workspace.put(2, [THEIR_COMPANY, SOMEBODY])

    async def before(pilot: Pilot[int]) -> None:
        await search(pilot, str(SOMEBODY.email))
        await pilot.press("enter")
        await settled(pilot)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


@SIZES
def test_reading_their_conversations(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[int]) -> None:
        await search(pilot, "ma")
        await keep_waiting(session.paths.folder)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CustomerConversations))
        await still(pilot)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


@SIZES
def test_conversations_that_can_not_be_read(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[int]) -> None:
        await search(pilot, "ma")
        damage(session.paths.workspace / "workspace.db")
        await pilot.press("enter")
        await settled(pilot)

    assert snap_compare(app_of(session), terminal_size=size, run_before=before)


# The passphrase


@pytest.fixture
def encrypted(home: Path, intercom: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """Encrypted, and nothing was imported yet; nobody has entered the passphrase."""
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", intercom.token)
    encrypt(at_noon(home), Secret(WORDS))
    forget_all()
    yield at_noon(home)
    forget_all()


async def begin(pilot: Pilot[int]) -> None:
    """Begin the import, which needs the passphrase."""
    screen = await opened(pilot, Step.REVIEW)
    await until(pilot, lambda: isinstance(screen.focused, Button))
    await settled(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmDialog))
    await pilot.press("y")
    await until(pilot, lambda: isinstance(pilot.app.screen, PassphraseDialog))
    await settled(pilot)


@SIZES
def test_the_passphrase_is_asked_for(encrypted: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Why, and what is typed is masked."""

    async def before(pilot: Pilot[int]) -> None:
        await begin(pilot)
        await pilot.press(*"Blaue")

    assert snap_compare(app_of(encrypted), terminal_size=size, run_before=before)


@SIZES
def test_another_passphrase(encrypted: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """It is asked for again, and says so."""

    async def before(pilot: Pilot[int]) -> None:
        await begin(pilot)
        asked = pilot.app.screen
        await pilot.press(*"anotherone", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, PassphraseDialog) and pilot.app.screen is not asked)
        await settled(pilot)

    assert snap_compare(app_of(encrypted), terminal_size=size, run_before=before)


async def to_new_passphrase(pilot: Pilot[int]) -> None:
    await opened(pilot, Step.CONNECT)
    await settled(pilot)
    await pilot.press("p")
    await until(pilot, lambda: isinstance(pilot.app.screen, NewPassphraseDialog))
    await settled(pilot)


@SIZES
def test_a_new_passphrase(
    home: Path, monkeypatch: pytest.MonkeyPatch, intercom: Running, snap_compare: Compare, size: tuple[int, int]
) -> None:
    """What losing it means, before it is typed."""
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", intercom.token)
    assert snap_compare(app_of(at_noon(home)), terminal_size=size, run_before=to_new_passphrase)


@SIZES
def test_two_that_are_not_the_same(
    home: Path, monkeypatch: pytest.MonkeyPatch, intercom: Running, snap_compare: Compare, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", intercom.token)

    async def before(pilot: Pilot[int]) -> None:
        await to_new_passphrase(pilot)
        await pilot.press(*"Blaue", "enter", *"Blume", "enter")
        await settled(pilot)

    assert snap_compare(app_of(at_noon(home)), terminal_size=size, run_before=before)


# The light theme


@SIZES
def test_the_team_in_light(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[int]) -> None:
        await settled(pilot)
        pilot.app.push_screen(TeamDialog())
        await until(pilot, lambda: isinstance(pilot.app.screen, TeamDialog))
        await settled(pilot)

    assert snap_compare(app_of(session, theme="light"), terminal_size=size, run_before=before)


@SIZES
def test_a_search_in_light(session: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[int]) -> None:
        await search(pilot, "ma")

    assert snap_compare(app_of(session, theme="light"), terminal_size=size, run_before=before)


@SIZES
def test_a_new_passphrase_in_light(
    home: Path, monkeypatch: pytest.MonkeyPatch, intercom: Running, snap_compare: Compare, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", intercom.token)
    app = app_of(at_noon(home), theme="light")
    assert snap_compare(app, terminal_size=size, run_before=to_new_passphrase)
