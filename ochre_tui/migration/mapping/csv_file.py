"""The sheets as CSV: written for a spreadsheet, read back with the decisions made there."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from ochre_tui.core.errors import OchreTuiError, UsageError
from ochre_tui.core.files import needing_room, replacing
from ochre_tui.core.text import clean, clean_line
from ochre_tui.core.text_file import csv_rows, shown_errors
from ochre_tui.migration.mapping.admins import AdminSheet, admin_words
from ochre_tui.migration.mapping.fields import FieldKey, FieldSheet, field_words
from ochre_tui.migration.plan.model import AdminEntry, FieldEntry

ADMIN_COLUMNS: Final = (
    "id", "name", "email", "conversations", "sampled_messages", "suggestion", "reason", "action", "user", "role",
)  # fmt: skip
FIELD_COLUMNS: Final = (
    "scope", "name", "label", "usage", "examples", "suggestion", "reason", "action", "key", "type", "options",
)  # fmt: skip
_FORMULA: Final = frozenset("=+-@\t\r\n'＝＋－＠")

K = TypeVar("K", bound=Hashable)
E = TypeVar("E")


def admins_csv(sheet: AdminSheet) -> str:
    """Every admin with what is suggested and decided; undecided ones have no action."""
    return _written(ADMIN_COLUMNS, (_admin_cells(sheet, key) for key in sheet.keys))


def fields_csv(sheet: FieldSheet) -> str:
    r"""Every attribute with what is suggested and decided; options are parted by "|", which within one is "\|"."""
    return _written(FIELD_COLUMNS, (_field_cells(sheet, key) for key in sheet.keys))


def read_admins(sheet: AdminSheet, text: str) -> dict[str, AdminEntry]:
    """The decisions in a CSV by admin id; rows without an action say nothing.

    Raises UsageError that names the bad lines (the first 20): then nothing of it counts.
    """
    return _read(text, ("id", "action"), _admin_key(sheet), _admin_entry)


def read_fields(sheet: FieldSheet, text: str) -> dict[FieldKey, FieldEntry]:
    """The decisions in a CSV by scope and name; rows without an action say nothing.

    Raises UsageError that names the bad lines (the first 20): then nothing of it counts.
    """
    return _read(text, ("scope", "name", "action"), _field_key(sheet), _field_entry)


def write_file(path: Path, text: str) -> None:
    """Put a CSV at `path` in one step, readable by its owner only; raises OchreTuiError where that fails."""
    try:
        with needing_room(path.parent), replacing(path) as file:
            file.write(text.encode("utf-8", "replace"))
    except OSError as error:
        title = f"{clean_line(str(path))} can't be written: {error.strerror}."
        raise OchreTuiError(title, advice="Name a file in a folder you may write to.") from error


def _admin_cells(sheet: AdminSheet, key: str) -> list[str]:
    admin, entry, why = sheet.admins[key], sheet.entry(key), sheet.suggestions[key]
    suggested = sheet.suggestion(key)
    return [
        key,
        clean(admin.name or ""),
        clean(admin.email or ""),
        str(admin.conversations),
        str(admin.sampled_messages),
        admin_words(suggested) if suggested else "",
        why.reason if why else "",
        entry.action if entry else "",
        (entry.user or "") if entry and entry.action == "match" else "",
        entry.role if entry and entry.action == "invite" else "",
    ]


def _field_cells(sheet: FieldSheet, key: FieldKey) -> list[str]:
    attribute, entry, suggested = sheet.attributes[key], sheet.entry(key), sheet.suggestion(key)
    return [
        *key,
        clean(attribute.label),
        str(attribute.usage),
        clean(", ".join(map(example_text, attribute.examples))),
        field_words(suggested) if suggested else "",
        sheet.suggestions[key].reason,
        entry.action if entry else "",
        (entry.key or "") if entry else "",
        (entry.type or "") if entry else "",
        join_options(entry.options or ()) if entry else "",
    ]


def example_text(value: Any) -> str:
    """An example value as people write it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def join_options(options: Iterable[str]) -> str:
    """The options in one line, parted by "|"."""
    return "|".join(option.replace("\\", "\\\\").replace("|", "\\|") for option in options)


def split_options(text: str) -> tuple[str, ...]:
    """The options in one line, as `join_options` writes them."""
    if not text:
        return ()
    parts = [""]
    characters = iter(text)
    for character in characters:
        if character == "|":
            parts.append("")
        else:
            parts[-1] += next(characters, "\\") if character == "\\" else character
    return tuple(parts)


def _written(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def _safe(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula: with an apostrophe before it, which reading takes off."""
    return f"'{cell}" if cell[:1] in _FORMULA else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA else cell


def _read(
    text: str,
    needed: Sequence[str],
    key_of: Callable[[Mapping[str, str]], K],
    entry_of: Callable[[Mapping[str, str]], E],
) -> dict[K, E]:
    entries: dict[K, E] = {}
    errors: list[str] = []

    def check_header(header: Sequence[str]) -> str | None:
        if not header:
            return "the file is empty"
        columns = [name.casefold() for name in header]
        missing = [name for name in needed if name not in columns]
        return f"the header has no {' and no '.join(missing)}" if missing else None

    for line, cells in csv_rows(text, check_header, errors, delimiter=_delimiter(text)):
        row = {column: _plain(cell) for column, cell in cells.items()}
        if not row.get("action"):
            continue
        try:
            key = key_of(row)
            if key in entries:
                raise ValueError("is there twice")
            entries[key] = entry_of(row)
        except ValidationError as error:
            errors += (f"line {line}: {_words(detail)}" for detail in error.errors(include_url=False))
        except ValueError as error:
            errors.append(f"line {line}: {error}")
    if errors:
        raise UsageError(
            f"The CSV file can't be read in: {shown_errors(errors)}.",
            meaning="No decision was changed.",
            advice="Correct these lines, then read the file again.",
        )
    return entries


def _delimiter(text: str) -> str:
    # Spreadsheets in many countries write semicolons.
    header = text.split("\n", 1)[0]
    return ";" if header.count(";") > header.count(",") else ","


def _admin_key(sheet: AdminSheet) -> Callable[[Mapping[str, str]], str]:
    def key_of(row: Mapping[str, str]) -> str:
        key = row["id"].strip()
        if key not in sheet.admins:
            raise ValueError(f"no admin has the id {clean_line(key, 40)}")
        return key

    return key_of


def _field_key(sheet: FieldSheet) -> Callable[[Mapping[str, str]], FieldKey]:
    known: dict[tuple[str, str], FieldKey] = {(scope, name): (scope, name) for scope, name in sheet.keys}

    def key_of(row: Mapping[str, str]) -> FieldKey:
        key = known.get((row["scope"].strip(), row["name"]))
        if key is None:
            raise ValueError(f"there is no {clean_line(row['scope'], 20)} attribute {clean_line(row['name'], 60)}")
        return key

    return key_of


def _admin_entry(row: Mapping[str, str]) -> AdminEntry:
    action = row["action"].strip().casefold()
    values: dict[str, str] = {"action": action}
    if action == "match" and row.get("user", "").strip():
        values["user"] = row["user"].strip()
    if action == "invite" and row.get("role", "").strip():
        values["role"] = row["role"].strip()
    return AdminEntry.model_validate(values)


def _field_entry(row: Mapping[str, str]) -> FieldEntry:
    action = row["action"].strip().casefold()
    values: dict[str, Any] = {"action": action}
    if action != "skip":
        values["key"] = row.get("key", "").strip() or None
    if action == "create":
        values["type"] = row.get("type", "").strip() or None
        values["options"] = split_options(row.get("options", "")) or None
    return FieldEntry.model_validate(values)


def _words(detail: Any) -> str:
    place = ".".join(map(str, detail["loc"]))
    message = detail["msg"].replace("Input should be", "must be")
    return f"{place} {message}"
