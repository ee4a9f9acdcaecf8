"""Hostile text in all that commands show: nothing of it reaches the terminal, or a report, as it is."""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path

import pytest

from ochre_tui.migration.home import Home
from ochre_tui.sandbox.server import Running
from tests.support import hostile_home
from tests.support.hostile_strings import hostile_strings
from tests.support.hostile_terminal import CONTROLS, around, written

ALL = hostile_strings()
# Colours, and what paints over a line that tells how far it is.
OURS = re.compile(r"\x1b\[(?:0|1|2|3[0-7])m|\r\x1b\[K|\x1b\[K")


@pytest.fixture(scope="module")
def hostile(scanned_home: Path, sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = hostile_home.made(scanned_home, sandbox, tmp_path_factory.mktemp("hostile") / "home")
    session = Home(home).open("default")
    hostile_home.name_workspaces(session, next(one for one in ALL if "]52;c;cm0" in one))
    return home


def unchanged(text: str) -> list[str]:
    """The strings that came through as they are; line breaks and tabs steer nothing."""
    odd = [(one, one[4:].rstrip("x")) for one in ALL]
    return [
        one
        for one, rest in odd
        if any(unicodedata.category(c) in CONTROLS for c in rest if c not in "\n\t") and one[:4] + rest in text
    ]


def test_every_command_on_a_terminal(hostile: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.hostile_commands", str(hostile), str(tmp_path)]
    text = written(command, typed=b"n\n" * 20).decode("utf-8").replace("\r\n", "\n")
    left = OURS.sub("", text)
    assert {c for c in left if unicodedata.category(c) in CONTROLS} <= {"\n", "\r", "\t"}, around(left)
    assert unchanged(text) == []
    ended = dict(re.findall(r"^=> '([a-z-]+)' (\d+)$", text, re.MULTILINE))
    assert "Something unexpected" not in text
    assert len(ended) >= 18
    shown = set(re.findall(r"H(\d{3})", left))
    assert len(shown) >= len(ALL) * 0.95, f"only {len(shown)} of {len(ALL)} were shown"
    for name in ("report.md", "report.csv", "report.json", "report.html"):
        report = (tmp_path / name).read_text("utf-8")
        assert {c for c in report if unicodedata.category(c) in CONTROLS} <= {"\n", "\r", "\t"}, around(report)
        assert unchanged(report) == []
