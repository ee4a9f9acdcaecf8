"""Tables: cells are text, whatever they hold."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ochre_tui.commands.frame import show_table
from ochre_tui.core.text import clean


def shown(columns: tuple[str, ...], *rows: tuple[object, ...]) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        show_table(columns, rows)
    return out.getvalue()


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def test_numbers_are_grouped_and_to_the_right() -> None:
    lines = shown(("Name", "Count"), ("a", 1_234_567), ("b", None), ("c", 5)).splitlines()
    assert [line.rstrip() for line in lines] == ["Name      Count", "a     1,234,567", "b", "c             5"]


def test_a_column_that_holds_anything_else_is_to_the_left() -> None:
    lines = shown(("What",), (1,), ("two",), (True,)).splitlines()
    assert [line.rstrip() for line in lines] == ["What", "1", "two", "True"]


def test_nothing_but_the_header() -> None:
    assert shown(("Name", "Count")).split() == ["Name", "Count"]


def test_cells_are_never_markup_and_never_steer() -> None:
    out = shown(("Name",), ("[red]x[/red] :smile:",), ("\x1b[2J\u202e",), ("two\nlines",))
    assert "[red]x[/red] :smile:" in out
    assert "␛[2J<U+202E>" in out
    assert "two lines" in out
    assert "\x1b" not in out


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), min_size=1, max_size=4))
def test_any_text_comes_out_clean(cells: list[str]) -> None:
    out = shown(("Name",), *((cell,) for cell in cells))
    assert clean(out) == out
