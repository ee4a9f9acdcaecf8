"""What the steps from the start to the review look like."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from ochre_tui.app.app import THEMES, OchreApp
from ochre_tui.migration.home import Home
from ochre_tui.migration.scan.result import AttachmentEstimate, ConversationCounts, Interval, last_scan
from ochre_tui.migration.scan.run import ScanProgress
from ochre_tui.sandbox.server import Running
from ochre_tui.screens.scan import ScanScreen
from ochre_tui.screens.steps import Step
from tests.support.keyboard import OpenApp, at_step, pressing, settled
from tests.support.snapshots import SIZES, Compare


@SIZES
def test_first_time(open_app: OpenApp, tmp_path: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Nothing is here yet: what will happen, how long it takes, what is needed."""
    assert snap_compare(open_app(tmp_path), terminal_size=size, run_before=pressing())


@SIZES
def test_migrations(open_app: OpenApp, home: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """One that is connected, one that is new, one that is damaged; the first is chosen."""
    Home(home).create("second-try")
    Home(home).create("broken")
    (home / "broken" / "state.db").write_bytes(b"no database" * 100)
    assert snap_compare(open_app(home), terminal_size=size, run_before=pressing("down"))


def test_delete_asks(open_app: OpenApp, home: Path, snap_compare: Compare) -> None:
    """What is deleted is said, and the safe answer has the focus."""
    assert snap_compare(open_app(home), run_before=pressing("d"))


@SIZES
def test_connect_without_a_token(
    open_app: OpenApp, tmp_path: Path, intercom: Running, snap_compare: Compare, size: tuple[int, int]
) -> None:
    """The token's field has the focus, and where to make one is said."""
    assert snap_compare(open_app(tmp_path), terminal_size=size, run_before=pressing("enter"))


def test_connect_with_a_typed_token(
    open_app: OpenApp, tmp_path: Path, intercom: Running, snap_compare: Compare
) -> None:
    """Masked, with its length and last four characters."""
    assert snap_compare(open_app(tmp_path), run_before=pressing("enter", "paste:  dG9rOjVhMTdkMGIw\nX21hZGU9\n"))


@SIZES
def test_connected(
    open_app: OpenApp,
    home: Path,
    intercom: Running,
    monkeypatch: pytest.MonkeyPatch,
    snap_compare: Compare,
    size: tuple[int, int],
) -> None:
    """Whose token it is, every permission, the team."""
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", intercom.token)
    at_step(home, Step.CONNECT)
    assert snap_compare(open_app(home), terminal_size=size, run_before=pressing("enter"))


@SIZES
def test_a_dead_token(
    open_app: OpenApp, tmp_path: Path, intercom: Running, snap_compare: Compare, size: tuple[int, int]
) -> None:
    """What happened and what to do, beside the field."""
    assert snap_compare(
        open_app(tmp_path), terminal_size=size, run_before=pressing("enter", "paste:0123456789abcdef", "enter")
    )


@SIZES
def test_an_ochre_server_is_asked_for(
    open_app: OpenApp,
    home: Path,
    intercom: Running,
    monkeypatch: pytest.MonkeyPatch,
    snap_compare: Compare,
    size: tuple[int, int],
) -> None:
    """Its address and a token; without a server, where the data goes; what is wrong with the address."""
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", intercom.token)
    at_step(home, Step.CONNECT)
    keys = pressing("enter", "o", "paste:http://ochre.example", "enter", "paste:0123456789abcdef", "enter")
    assert snap_compare(open_app(home), terminal_size=size, run_before=keys)


@SIZES
def test_a_missing_permission(
    open_app: OpenApp,
    tmp_path: Path,
    intercom: Running,
    monkeypatch: pytest.MonkeyPatch,
    snap_compare: Compare,
    size: tuple[int, int],
) -> None:
    """One that the import needs: it is named, and the way on is closed."""
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", intercom.token)
    intercom.control("scopes", missing=["read_tags"])
    assert snap_compare(open_app(tmp_path), terminal_size=size, run_before=pressing("enter"))


@SIZES
def test_team(open_app: OpenApp, home: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The people, and the two ways to add some."""
    at_step(home, Step.CONNECT)
    before = pressing("enter", "escape", "enter", "tab", "tab", "enter")
    assert snap_compare(open_app(home), terminal_size=size, run_before=before)


@SIZES
def test_before_the_scan(open_app: OpenApp, home: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """What the scan does, and that it changes nothing."""
    _forget_scan(home)
    at_step(home, Step.SCAN)
    assert snap_compare(open_app(home), terminal_size=size, run_before=pressing("enter"))


@SIZES
def test_the_scan_fails(open_app: OpenApp, home: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Without a token it says where to enter one."""
    _forget_scan(home)
    at_step(home, Step.SCAN)
    assert snap_compare(open_app(home), terminal_size=size, run_before=pressing("enter", "enter"))


@SIZES
def test_scanned(open_app: OpenApp, home: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """What was found, on one page."""
    at_step(home, Step.SCAN)
    assert snap_compare(open_app(home), terminal_size=size, run_before=pressing("enter"))


@SIZES
def test_an_empty_intercom(open_app: OpenApp, home: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """No conversation, no file, no problem: said in words."""
    session = Home(home).open("default")
    with session.store() as store:
        found = last_scan(store)
        assert found is not None
        nothing = Interval(low=0, likely=0, high=0)
        empty = {
            "counts": dict.fromkeys(found.counts, 0),
            "conversations": ConversationCounts(by_state={}, by_channel={}, by_month={}, over_500_parts=[]),
            "attachments": AttachmentEstimate(count=0, bytes=nothing, sampled=0),
            "warnings": [],
        }
        store.set("scan", found.model_copy(update=empty).model_dump(mode="json"))
    at_step(home, Step.SCAN)
    assert snap_compare(open_app(home), terminal_size=size, run_before=pressing("enter"))


@pytest.mark.parametrize("view", ["2", "3"], ids=["stays-behind", "problems"])
def test_more_of_the_scan(open_app: OpenApp, home: Path, snap_compare: Compare, view: str) -> None:
    """What Ochre has no place for, and what needs a look."""
    at_step(home, Step.SCAN)
    assert snap_compare(open_app(home), run_before=pressing("enter", view))


def test_behind_a_problem(open_app: OpenApp, home: Path, snap_compare: Compare) -> None:
    """A problem opens into its records."""
    at_step(home, Step.SCAN)
    assert snap_compare(open_app(home), run_before=pressing("enter", "3", "down", "enter"))


@SIZES
def test_choose(open_app: OpenApp, home: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The form, and what it comes to."""
    at_step(home, Step.CHOOSE)
    assert snap_compare(open_app(home), terminal_size=size, run_before=pressing("enter", "down", "space"))


@SIZES
def test_choose_wrong_dates(open_app: OpenApp, home: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """What is wrong is said, and the figures that no longer hold recede."""
    at_step(home, Step.CHOOSE)
    keys = ("up", "space", "tab", "paste:2024-01-01", "tab", "paste:2023-01-01")
    assert snap_compare(open_app(home), terminal_size=size, run_before=pressing("enter", *keys))


@SIZES
def test_review(open_app: OpenApp, home: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The plan with everything that was suggested accepted, and what to switch off."""
    at_step(home, Step.REVIEW)
    assert snap_compare(open_app(home), terminal_size=size, run_before=pressing("enter", "a", "up", "space"))


@SIZES
def test_review_of_a_bad_plan(open_app: OpenApp, home: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Errors with their keys; the import can't be started."""
    plan = '[import]\nrange = "3y"\n[admins."814900"]\naction = "match"\n'
    (home / "default" / "plan.toml").write_text(plan, "utf-8")
    at_step(home, Step.REVIEW)
    assert snap_compare(open_app(home), terminal_size=size, run_before=pressing("enter"))


def test_start_asks(open_app: OpenApp, home: Path, snap_compare: Compare) -> None:
    """One sentence with the numbers; the safe answer has the focus."""
    at_step(home, Step.REVIEW)
    assert snap_compare(open_app(home), run_before=pressing("enter", "enter"))


@SIZES
@pytest.mark.parametrize(
    ("step", "theme"),
    [
        (Step.START, "light"),
        (Step.CONNECT, "light"),
        (Step.SCAN, "light"),
        (Step.CHOOSE, "light"),
        (Step.REVIEW, "light"),
        (Step.CHOOSE, "ansi"),
    ],
    ids=lambda value: value.value if isinstance(value, Step) else value,
)
def test_themes(
    open_app: OpenApp, home: Path, snap_compare: Compare, step: Step, theme: str, size: tuple[int, int]
) -> None:
    """Every word can be read in the light theme and in a terminal's own 16 colours."""
    at_step(home, step)

    async def before(pilot: Pilot[int]) -> None:
        pilot.app.theme = THEMES[theme]
        await pressing(*() if step is Step.START else ("enter",))(pilot)

    assert snap_compare(open_app(home), terminal_size=size, run_before=before)


@pytest.mark.parametrize("step", [Step.START, Step.CHOOSE, Step.REVIEW], ids=lambda step: step.value)
def test_without_colour(
    open_app: OpenApp, home: Path, monkeypatch: pytest.MonkeyPatch, snap_compare: Compare, step: Step
) -> None:
    """With NO_COLOR every state is told by a sign and a word."""
    monkeypatch.setenv("NO_COLOR", "1")
    at_step(home, step)
    assert snap_compare(open_app(home), run_before=pressing() if step is Step.START else pressing("enter"))


def test_without_utf_8(home: Path, snap_compare: Compare) -> None:
    """Borders and signs in ASCII."""
    at_step(home, Step.REVIEW)
    assert snap_compare(OchreApp(Home(home), ascii_only=True), run_before=pressing("enter"))


@pytest.mark.parametrize("size", [(60, 24), (80, 15)], ids=["narrow", "low"])
def test_too_small(open_app: OpenApp, home: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """A plain request for more room."""
    assert snap_compare(open_app(home), terminal_size=size, run_before=pressing())


def test_help(open_app: OpenApp, home: Path, snap_compare: Compare) -> None:
    """What the screen is for, and every key."""
    at_step(home, Step.SCAN)
    assert snap_compare(open_app(home), run_before=pressing("enter", "question_mark"))


@SIZES
def test_scanning(open_app: OpenApp, home: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Each list with what was read of it so far."""
    _forget_scan(home)
    at_step(home, Step.SCAN)

    async def before(pilot: Pilot[int]) -> None:
        await pressing("enter")(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, ScanScreen)
        screen.watch_scan()
        met = [ScanProgress("workspace", 0), ScanProgress("conversations", 4_500), ScanProgress("sample", 12, 32)]
        screen.post_message(ScanScreen.Progressed({one.step: one for one in met}, 7))
        await settled(pilot)

    assert snap_compare(open_app(home), terminal_size=size, run_before=before)


def test_hostile_names(open_app: OpenApp, home: Path, snap_compare: Compare) -> None:
    """Markup, escapes, wide and right-to-left text in names break nothing and steer nothing."""
    session = Home(home).open("default")
    with session.store() as store:
        hostile = {**store.get("intercom"), "name": "[red]x[/] \x1b[31m山田🎉 \u202eסלמ [/"}
        store.set("intercom", hostile)
    with session.embedded() as workspace:
        workspace.rename("[@click=app.quit]Ochre[/] \x07")
    at_step(home, Step.REVIEW)
    assert snap_compare(open_app(home), run_before=pressing("enter"))


def _forget_scan(home: Path) -> None:
    session = Home(home).open("default")
    with session.store() as store, store.transaction() as conn:
        conn.execute("DELETE FROM meta WHERE key = 'scan'")
