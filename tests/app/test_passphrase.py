"""Encrypting a migration in the app, and opening one that is encrypted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from ochre_tui.core.secret import Secret
from ochre_tui.migration.credentials import passphrase
from ochre_tui.migration.encrypt import encrypt
from ochre_tui.sandbox.server import Running
from ochre_tui.screens.passphrase import NewPassphraseDialog, PassphraseDialog
from ochre_tui.screens.steps import Step
from tests.support.keyboard import at, press, until
from tests.support.passphrases import WORDS, forget_all
from tests.support.staged_run import app_of, at_noon, import_all, opened, run_app


@pytest.fixture(autouse=True)
def _as_in_a_new_process(intercom: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", intercom.token)
    forget_all()
    yield
    forget_all()


def said(pilot: Pilot[int]) -> str:
    return " ".join(str(one.render()) for one in pilot.app.screen.query(Static))


async def typed(pilot: Pilot[int], text: str) -> None:
    await press(pilot, *("space" if c == " " else c for c in text), "enter")


def test_it_is_chosen_twice_before_the_first_import(home: Path) -> None:
    session = at_noon(home)

    async def choose(pilot: Pilot[int]) -> None:
        await opened(pilot, Step.CONNECT)
        await press(pilot, "p")
        assert isinstance(pilot.app.screen, NewPassphraseDialog)
        assert "If the passphrase is lost" in said(pilot)
        await typed(pilot, WORDS)
        await typed(pilot, "another")
        assert "same" in said(pilot)
        await press(pilot, *["backspace"] * 7)
        await typed(pilot, WORDS)
        await until(pilot, session.paths.key.exists, "encrypted")
        assert at(pilot, Step.CONNECT)
        assert "are encrypted" in said(pilot)
        assert WORDS not in pilot.app.export_screenshot()

    run_app(app_of(session), choose)
    forget_all()
    passphrase.unseal(session.paths, Secret(WORDS))


def test_one_that_is_imported_is_refused(imported_home: Path, tmp_path: Path) -> None:
    session = at_noon(imported_home)

    async def choose(pilot: Pilot[int]) -> None:
        await opened(pilot, Step.CONNECT)
        await press(pilot, "p")
        await typed(pilot, WORDS)
        await typed(pilot, WORDS)
        await until(pilot, lambda: "in the clear already" in said(pilot), "refused")

    run_app(app_of(session), choose)
    assert not session.paths.key.exists()


def test_it_is_asked_for_where_it_is_needed_and_again_where_it_is_another(home: Path) -> None:
    session = at_noon(home)
    encrypt(session, Secret(WORDS))
    import_all(session)
    forget_all()
    session = at_noon(home)

    async def look(pilot: Pilot[int]) -> None:
        pilot.app.go(Step.SPOT_CHECK)  # type: ignore[attr-defined]  # it is ours
        await until(pilot, lambda: isinstance(pilot.app.screen, PassphraseDialog), "asked")
        assert "are encrypted" in said(pilot)
        await press(pilot, "escape")
        assert at(pilot, Step.SPOT_CHECK)
        assert "are encrypted" in said(pilot)
        pilot.app.go(Step.SPOT_CHECK)  # type: ignore[attr-defined]  # the same
        await until(pilot, lambda: isinstance(pilot.app.screen, PassphraseDialog), "asked once more")
        await typed(pilot, "another one")
        await until(pilot, lambda: "not the passphrase" in said(pilot), "asked again")
        await typed(pilot, WORDS)
        await until(pilot, lambda: at(pilot, Step.SPOT_CHECK) and "Intercom" in said(pilot), "shown")
        assert WORDS not in pilot.app.export_screenshot()

    run_app(app_of(session), look)
    with session.store() as store:
        assert store.seal is not None
