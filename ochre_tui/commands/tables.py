"""Tables in the terminal; every cell is cleaned and never parsed as markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ochre_tui.core.text import clean_line


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; numbers are aligned right and grouped by thousands, None is an empty cell."""
    from rich.console import Console  # here, as most commands draw no table and should start quickly
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    cells = [list(row) for row in rows]
    for number, column in enumerate(columns):
        numeric = all(isinstance(row[number], int | None) for row in cells) and bool(cells)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in cells:
        table.add_row(*(Text(_cell(value)) for value in row))
    Console(highlight=False, soft_wrap=False).print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return clean_line(str(value))
