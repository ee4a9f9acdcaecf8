"""Hostile text in every place from which something is shown: nothing of it reaches the terminal as it is."""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from ochre_tui.core.text import clean, clean_line
from ochre_tui.migration.home import Home
from ochre_tui.sandbox.server import Running
from ochre_tui.screens.steps import Step
from tests.support import hostile_home
from tests.support.hostile_strings import hostile_strings
from tests.support.hostile_terminal import CONTROLS, around, written
from tests.support.staged_run import app_of, opened, run_app

ALL = hostile_strings()
NOON = 1_793_534_400
# What Textual itself sends: cursor, colours, modes, and the questions it asks at the start.
OURS = re.compile(
    r"\x1b\[\d*(?:;\d+)*[mHJKGCABDd]"
    r"|\x1b\[\?(?:7|25|47|1000|1002|1003|1004|1006|1015|1016|1049|2004|2026|2048)(?:\$p|[hl])"
    r"|\x1b\]22;[a-z-]+\x07"  # the pointer's shape
    r"|\x1b\[[<>=]\d*u|\x1b\[\?u|\x1b\[c|\x1b\[>\d*q"
)


def test_the_corpus_is_what_it_says() -> None:
    assert len(ALL) >= 300
    assert len(set(ALL)) == len(ALL)
    assert sum(any(unicodedata.category(c) in CONTROLS for c in one) for one in ALL) >= 200
    assert sum("[" in one for one in ALL) >= 100


@pytest.mark.parametrize("show", [clean, clean_line])
def test_nothing_that_steers_survives_cleaning(show: object) -> None:
    assert callable(show)
    for one in ALL:
        shown = show(one)
        assert {c for c in shown if unicodedata.category(c) in CONTROLS} <= {"\n", "\t"}, repr(one)
        assert shown.startswith(one[:4])


@pytest.fixture(scope="module")
def hostile(scanned_home: Path, sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose migration was imported, and spoilt."""
    return hostile_home.made(scanned_home, sandbox, tmp_path_factory.mktemp("hostile") / "home")


@pytest.mark.parametrize("word", [next(one for one in ALL if "]52;c;cm0" in one)])
def test_the_app_on_a_terminal(hostile: Path, word: str) -> None:
    _walk(hostile, word)


@pytest.mark.long
@pytest.mark.parametrize("word", ALL[5::45])
def test_the_app_on_a_terminal_with_other_names(hostile: Path, word: str) -> None:
    _walk(hostile, word)


def _walk(hostile: Path, word: str) -> None:
    session = Home(hostile, now=lambda: NOON).open("default")
    hostile_home.name_workspaces(session, word)
    raw = written([sys.executable, "-m", "tests.support.hostile_walk", str(hostile)])
    text = raw.decode("utf-8")  # a control in eight bits would not be UTF-8
    left = OURS.sub("", text)
    assert {c for c in left if unicodedata.category(c) in CONTROLS} <= {"\n", "\r"}, around(left)
    for one in ALL:
        odd = one[4:].rstrip("x")
        if any(unicodedata.category(c) in CONTROLS for c in odd):
            assert one[:4] + odd not in text, repr(one)
    seen = set(re.findall(r"H(\d{3})", left))
    assert len(seen) >= 300, f"only {len(seen)} of {len(ALL)} were shown"


def test_no_markup_is_parsed_and_every_line_keeps_its_width(hostile: Path) -> None:
    """In the lists of admins and attributes, which show each string in a row of its own."""
    session = Home(hostile, now=lambda: NOON).open("default")
    hostile_home.name_workspaces(session, "[@click=app.quit]Harbour[/] [red")
    seen: set[str] = set()

    async def look(pilot: Pilot[int]) -> None:
        for step in (Step.ADMINS, Step.ATTRIBUTES):
            await opened(pilot, step)
            for _ in range(len(ALL) // 8):
                lines = pilot.app.screen._compositor.render_strips()  # the only way to what is painted
                assert len(lines) == 24
                assert {cell_len(strip.text) for strip in lines} == {80}
                seen.update(re.findall(r"H\d{3}[^ ]{0,12}", "\n".join(strip.text for strip in lines)))
                await pilot.press("pagedown")
                await pilot.pause()

    run_app(app_of(session), look)
    marked = [one for one in ALL if re.match(r"H\d{3}[\[\]\\]", one)]
    assert len(marked) >= 30
    for one in marked:
        start = clean_line(one).split(" ")[0][:12]
        assert any(word.startswith(start) or start.startswith(word) for word in seen), one
