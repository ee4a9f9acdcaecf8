"""What can go wrong at each step: it is said with what to do next, and the way goes on from there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from ochre_tui.sandbox.server import Running
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.dialogs import TokenErrorDialog
from tests.support.keyboard import OpenApp, at, at_step, press, settled, shown, until
from tests.support.small_disk import remounted, tmpfs, used_kb

pytestmark = pytest.mark.anyio

ASKING_INTERCOM = [
    pytest.param(Step.SCAN, ["r"], id="scan"),
    pytest.param(Step.CHOOSE, ["s", "y"], id="sample"),
    pytest.param(Step.REVIEW, ["enter", "y"], id="review"),
    pytest.param(Step.IMPORT, ["enter"], id="import"),
]
"""The steps that ask Intercom something, and the keys that make them do so."""


@pytest.fixture
def planned(home: Path) -> Path:
    """A home with a migration that could be imported."""
    (home / "default" / "plan.toml").write_text("[import]\n", "utf-8")
    return home


async def open_at(pilot: Pilot[int], step: Step) -> None:
    """Go on with the migration, whose last step this was; the dashboard never rests."""
    await settled(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: at(pilot, step), f"the step {step.title}")
    if step is Step.IMPORT:
        await until(pilot, lambda: isinstance(pilot.app.focused, Button), "the first reading")
    else:
        await settled(pilot)


def offered(pilot: Pilot[int]) -> str:
    return str(pilot.app.screen.query_one("#primary", Button).label)


@pytest.mark.parametrize(("step", "keys"), ASKING_INTERCOM)
async def test_a_dead_token_leads_to_connect_and_back(
    step: Step,
    keys: Sequence[str],
    open_app: OpenApp,
    planned: Path,
    intercom: Running,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", "0123456789abcdef")
    at_step(planned, step)
    async with open_app(planned).run_test(size=(80, 24)) as pilot:
        await open_at(pilot, step)
        await pilot.press(*keys)
        await until(pilot, lambda: "does not accept" in shown(pilot), "the reason")
        await until(pilot, lambda: "Enter another token" in shown(pilot), "the way out")
        await pilot.press("enter")
        await until(pilot, lambda: at(pilot, Step.CONNECT), "Connect")
        await settled(pilot)
        await press(pilot, f"paste:{intercom.token}", "enter")
        assert offered(pilot) == f"Back to {step.title}"
        await pilot.press("enter")
        await until(pilot, lambda: at(pilot, step), "the step where one was")


@pytest.mark.parametrize(("step", "keys"), ASKING_INTERCOM[1:])
async def test_an_error_can_be_left_where_it_is(
    step: Step, keys: Sequence[str], open_app: OpenApp, planned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", "0123456789abcdef")
    at_step(planned, step)
    app = open_app(planned)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_at(pilot, step)
        await pilot.press(*keys)
        await until(pilot, lambda: isinstance(app.screen, TokenErrorDialog), "the trouble")
        await pilot.press("escape")
        await until(pilot, lambda: at(pilot, step), "the step")
        assert "Asking Intercom" not in shown(pilot)
        assert app.importing.thread is None


@pytest.mark.parametrize("step", [Step.CONNECT, Step.SCAN, Step.REVIEW])
async def test_a_missing_permission_is_named(
    step: Step, open_app: OpenApp, planned: Path, intercom: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", intercom.token)
    intercom.control("scopes", missing=["read_conversations"])
    at_step(planned, step)
    async with open_app(planned).run_test(size=(80, 24)) as pilot:
        await open_at(pilot, step)
        if step is Step.CONNECT:
            assert not pilot.app.screen.query_one("#primary", Button).has_focus
            assert "Read conversations: missing" in shown(pilot)
        else:
            await pilot.press(*(["r"] if step is Step.SCAN else ["enter", "y"]))
        await until(pilot, lambda: "Read conversations" in shown(pilot), "the permission")
        await until(pilot, lambda: "Authentication" in shown(pilot), "where it is given")


@pytest.mark.long  # seconds of tries for each
@pytest.mark.parametrize(("step", "keys"), [pytest.param(Step.CONNECT, ["t"], id="connect"), *ASKING_INTERCOM])
async def test_an_intercom_that_does_not_answer(
    step: Step, keys: Sequence[str], open_app: OpenApp, planned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", "0123456789abcdef")
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_URL", "http://127.0.0.1:9")
    at_step(planned, step)
    async with open_app(planned).run_test(size=(80, 24)) as pilot:
        await open_at(pilot, step)
        if step is not Step.CONNECT:
            await pilot.press(*keys)
        await until(pilot, lambda: "does not answer" in shown(pilot), "the reason")
        assert "network" in shown(pilot)
        assert "Enter another token" not in shown(pilot)


@pytest.fixture
def full(planned: Path, tmp_path: Path) -> Iterator[Callable[[], Path]]:
    """Moves the home to a disk of its own, which is full once it is called."""
    with tmpfs(tmp_path / "disk", "64m"):
        home = tmp_path / "disk" / "home"
        shutil.copytree(planned, home)

        def fill() -> Path:
            remounted(tmp_path / "disk", f"size={used_kb(tmp_path / 'disk')}k")
            return home

        yield fill


@pytest.mark.parametrize(
    ("step", "keys"),
    [
        pytest.param(Step.START, ["n", "x", "enter"], id="begin"),
        pytest.param(Step.CONNECT, ["t"], id="connect"),
        pytest.param(Step.SCAN, ["r"], id="scan"),
        pytest.param(Step.ADMINS, ["s"], id="map-admins"),
        pytest.param(Step.CHOOSE, ["down", "space"], id="choose"),
        pytest.param(Step.REVIEW, ["enter", "y"], id="review"),
    ],
)
async def test_a_full_disk_says_so(
    step: Step,
    keys: Sequence[str],
    open_app: OpenApp,
    full: Callable[[], Path],
    tmp_path: Path,
    intercom: Running,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", intercom.token)
    home = tmp_path / "disk" / "home"
    if step is not Step.START:
        at_step(home, step)
    async with open_app(home).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        if step is not Step.START:
            await open_at(pilot, step)
        full()
        await pilot.press(*keys)
        await until(pilot, lambda: "No room left on the disk" in shown(pilot), "the reason")
        assert "Free some room" in shown(pilot)
