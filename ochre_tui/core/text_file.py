"""Text and CSV files of the operator's, read strictly: what is wrong is said with the line it is on."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Final

from ochre_tui.core.errors import UsageError
from ochre_tui.core.text import clean_line

_MOST_BYTES: Final = 16 * 1024 * 1024
_MOST_ERRORS: Final = 20


class NotTextError(ValueError):
    """A file is not a text of ours; says why, as goes after its name."""


def read_text(path: Path) -> str:
    """The text of a file; OSError where it can't be read, NotTextError where it is too large or not UTF-8."""
    with path.open("rb") as file:
        raw = file.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise NotTextError(f"is larger than {_MOST_BYTES // 1024**2} MB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotTextError(f"is not UTF-8 text (byte {error.start})") from error


def read_csv_text(path: Path) -> str:
    """The text of a CSV file; UsageError where it can't be read."""
    shown = clean_line(str(path))
    try:
        return read_text(path)
    except OSError as error:
        raise UsageError(f"{shown} can't be read: {error.strerror}.") from error
    except NotTextError as error:
        raise UsageError(f"{shown} {error}.", advice='Save it as "CSV UTF-8" and try again.') from error


def csv_rows(
    text: str, check_header: Callable[[Sequence[str]], str | None], errors: list[str], *, delimiter: str = ","
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows below the header that are not blank, each with the line it starts on, by the columns' names in lower
    case.

    What is wrong goes to `errors`; a header, or the lack of one, that `check_header` has something to say of ends it.
    """
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] | None = None
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                header = [cell.strip() for cell in cells]
                columns = [cell.casefold() for cell in header]
                if problem := check_header(header):
                    errors.append(f"line {line}: {problem}")
                    return
            elif len(cells) != len(columns):
                errors.append(f"line {line}: {len(cells)} values where {len(columns)} belong")
            else:
                yield line, dict(zip(columns, cells, strict=True))
    except csv.Error as error:
        errors.append(f"line {start}: {error}")
    if columns is None and not errors and (problem := check_header([])):
        errors.append(f"line 1: {problem}")


def shown_errors(errors: Sequence[str]) -> str:
    """The first 20 errors in a sentence, and how many more there are."""
    more = [f"and {len(errors) - _MOST_ERRORS} more"] if len(errors) > _MOST_ERRORS else []
    return "; ".join([*errors[:_MOST_ERRORS], *more])
