"""A newcomer in a real terminal of 80x24: Enter, arrows, Tab, and what the screen says, to a verified import."""

from __future__ import annotations

from pathlib import Path

from ochre_tui.sandbox.server import Running
from tests.support.command_line import CommandLine, cli_at
from tests.support.terminal import DOWN, ENTER, RIGHT, TAB, Terminal, terminal


def map_rows(one: Terminal, following: str) -> None:
    """What is certain at once, a row from its picker, and for the rest what is suggested."""
    one.wait_for("Accept what is certain")
    one.press(TAB)
    one.press(ENTER)
    one.wait_for("Decide the rest")
    one.press_until(ENTER, "⏎ Choose")
    one.press(ENTER)
    one.wait_for("Type to filter")
    one.press(DOWN)
    one.press(ENTER)
    one.wait_for("Set to")
    one.press(b">")
    one.wait_for("undecided")
    one.press(RIGHT)
    one.press(ENTER)
    one.wait_for(following)


def test_from_start_to_a_verified_import(tmp_path: Path, intercom: Running) -> None:
    cli: CommandLine = cli_at(tmp_path / "home", intercom)
    cli.team = [(f"{name}@harbourlight.example", None, "agent") for name in ("ana.silva", "chiara")]
    for email, _, _ in cli.team:
        cli.do("team", "add", email)
    with terminal(tmp_path / "home", **cli.environment) as one:
        one.wait_for("Begin: connect to Intercom")
        one.press(ENTER)
        one.wait_for("Read news")
        one.press(ENTER)
        one.wait_for("Scan Intercom")
        one.press(ENTER)
        one.wait_for("Continue to Map admins")
        one.press(ENTER)
        map_rows(one, "Map attributes")
        map_rows(one, "What comes over")
        one.press(b">")
        one.wait_for("Start import")
        one.press(ENTER)
        one.wait_for("Cancel")
        one.press(RIGHT)
        one.press(ENTER)
        one.wait_for("Continue to Verify")
        one.press(ENTER)
        one.wait_for("Verify now")
        one.press(ENTER)
        one.wait_for("everything is there")
        one.wait_for("Continue to Spot-check")
        one.press(b"q")
        assert one.ended() == 0
    assert not one.was_steered
    assert cli.status()["counts"]["conversations"]["created"] == 120
    cli.do("verify")
    assert cli.differences(intercom) == []
