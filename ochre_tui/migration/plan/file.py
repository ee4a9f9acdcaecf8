"""`plan.toml`: read, written and changed without losing people's comments."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Item, Key, KeyType, SingleKey

from ochre_tui.core.errors import OchreTuiError, UsageError
from ochre_tui.core.files import needing_room, replacing
from ochre_tui.core.text import clean_line
from ochre_tui.core.text_file import NotTextError, read_text
from ochre_tui.migration.plan.model import (
    SCOPES,
    AdminEntry,
    Dates,
    FieldEntry,
    Import,
    Pace,
    Plan,
    PlanError,
    Problem,
    parse_plan,
    toml_key,
)

TablePath: TypeAlias = tuple[str, ...]
Entry: TypeAlias = Import | Pace | AdminEntry | FieldEntry

_IMPORT_NOTES: Final[dict[str, str]] = {
    "range": '"all", "2y", "6m", or { from = 2024-01-01, to = 2025-01-01 } (to: exclusive); by created_at',
    "states": "open, closed, snoozed",
    "exclude_closed_older_than_days": "0: keep all; else closed conversations last updated before that are left out",
    "channels": "messenger, email, other",
    "contacts": '"all" or "with-conversations"',
    "attachments": "false: no files",
    "inline_images": "false: no images inside messages",
    "saved_replies": "false: no macros",
    "deleted": 'what Intercom has deleted since it was imported: "keep" or "remove"',
}


def read_plan(path: Path) -> Plan:
    """The plan in the file; raises PlanError, or UsageError where it can't be read."""
    return parse_plan(read_plan_text(path))


def read_plan_text(path: Path) -> str:
    """The text of a plan file; raises UsageError where it can't be read and PlanError where it is no such text."""
    try:
        return read_text(path).replace("\r\n", "\n")
    except OSError as error:
        title = f"The plan {clean_line(str(path))} can't be read: {error.strerror}."
        raise UsageError(title, advice="Name an existing file, or make one with `ochre-tui plan --auto`.") from error
    except NotTextError as error:
        raise PlanError([Problem("", str(error))]) from error


def plan_text(plan: Plan, notes: Mapping[str, str] | None = None, before: str = "") -> str:
    """`plan` as TOML, in the contract's order.

    `before` is the text that it replaces: its comments, order and whatever is the same stay. `notes` are comments by
    dotted TOML key, for tables that are new.
    """
    document = _merged(plan, notes or {}, before) if before.strip() else None
    if document is not None:
        text = tomlkit.dumps(document)
        if _means(text, plan):
            return text
    return tomlkit.dumps(_new_document(plan, notes or {}))


def table_text(place: TablePath, entry: Entry, notes: Mapping[str, str], before: str = "") -> str:
    """One table of the plan as a text of its own; `before` and `notes` as for `plan_text`."""
    wanted = nested(place, entry_values(entry))
    if before.strip():
        document = tomlkit.parse(before)
        _update(document, wanted, (), notes)
    else:
        document = tomlkit.document()
        for key, value in wanted.items():
            document.add(key, _table(value, (key,), notes, apart=True))
    return tomlkit.dumps(document)


def nested(place: TablePath, values: dict[str, Any]) -> dict[str, Any]:
    """`values` as the table at `place`."""
    for part in reversed(place):
        values = {part: values}
    return values


def write_plan(path: Path, text: str) -> None:
    """Put `text` at `path` in one durable step, readable by its owner only; raises OchreTuiError where that fails."""
    try:
        with needing_room(path.parent), replacing(path) as file:
            file.write(text.encode("utf-8"))
    except OSError as error:
        title = f"The plan can't be written to {clean_line(str(path))}: {error.strerror}."
        raise OchreTuiError(title, advice="Free some room or choose a folder you may write to.") from error


def set_value(document: TOMLDocument, key: str, value: str) -> None:
    """Set the dotted TOML `key`; `value` is a TOML value or, where it is none, a bare word.

    Raises PlanError where the key is not one, or leads through something that is no table.
    """
    parts = _key_parts(key)
    table: Any = document
    for depth, part in enumerate(parts[:-1], start=1):
        if part not in table:
            table[part] = tomlkit.table(is_super_table=depth < len(parts) - 1)
        table = table[part]
        if not isinstance(table, MutableMapping):
            raise PlanError([Problem(toml_key(parts[:depth]), f"is no table, so {key} can't be set")])
    table[parts[-1]] = _value(value)


def split_setting(setting: str) -> tuple[str, str]:
    """KEY and VALUE of `KEY=VALUE`, where quotes in KEY may hold a "="; raises UsageError."""
    quote = ""
    for place, c in enumerate(setting):
        if c == "=" and not quote:
            return setting[:place].strip(), setting[place + 1 :].strip()
        if c in "\"'" and quote in {"", c}:
            quote = "" if quote else c
    advice = "Write KEY=VALUE, as in import.range=2y or 'admins.\"814860\".action=skip'."
    raise UsageError(f"{clean_line(setting)} is no setting.", advice=advice)


def parse_document(text: str) -> TOMLDocument:
    """`text` for `set_value`; raises PlanError where it is no TOML."""
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise PlanError([Problem("", f"is not valid TOML: {clean_line(str(error))}")]) from error


def _key_parts(key: str) -> list[str]:
    try:
        table: Any = tomllib.loads(f"{key} = 0")
        if "\n" in key or not table:
            raise ValueError(key)
    except ValueError as error:
        message = 'is no TOML key: write it dotted, with quotes around odd names, as in admins."814860".action'
        raise PlanError([Problem(clean_line(key), message)]) from error
    parts = []
    while isinstance(table, dict) and len(table) == 1:
        (part,) = table
        parts.append(part)
        table = table[part]
    return parts


def _value(text: str) -> Item:
    try:
        # A line break would let a value smuggle in further keys.
        if "\n" not in text:
            return _item(tomllib.loads(f"value = {text}")["value"])
    except ValueError:
        pass
    return _item(text)


def _means(text: str, plan: Plan) -> bool:
    try:
        return parse_plan(text) == plan
    except PlanError:
        return False


def _merged(plan: Plan, notes: Mapping[str, str], before: str) -> TOMLDocument | None:
    """The old document changed to say `plan`; None where it is no TOML or tomlkit can't change it."""
    try:
        document = tomlkit.parse(before)
        _update(document, _values(plan), (), notes)
    except (TOMLKitError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return document


def _update(table: Any, values: Mapping[str, Any], place: tuple[str, ...], notes: Mapping[str, str]) -> None:
    """Change `table` until it says `wanted`, leaving alone what says so already."""
    for key in [key for key in table if key not in values]:
        del table[key]
    for key, value in values.items():
        current = table.get(key)
        if isinstance(value, dict) and isinstance(current, MutableMapping):
            _update(current, value, (*place, key), notes)
        elif current is None and isinstance(value, dict):
            table.add(_key(key), _table(value, (*place, key), notes, apart=True))
        elif current is None:
            table.add(_key(key), value)
        elif _plain(current) != value:
            table[key] = value


def _plain(value: Any) -> Any:
    return value.unwrap() if isinstance(value, Item) else value


def _new_document(plan: Plan, notes: Mapping[str, str]) -> TOMLDocument:
    document = tomlkit.document()
    values = _values(plan)
    chosen = tomlkit.table()
    for key, value in values.pop("import").items():
        item = _item(value)
        item.comment(_IMPORT_NOTES[key])
        chosen.add(key, item)
    document.add("import", chosen)
    for key, value in values.items():
        document.add(key, _table(value, (key,), notes))
    return document


def _item(value: Any) -> Item:
    if not isinstance(value, dict):
        item: Item = tomlkit.item(value)
        return item
    table = tomlkit.inline_table()
    table.update(value)
    return table


def _table(value: Mapping[str, Any], place: tuple[str, ...], notes: Mapping[str, str], *, apart: bool = False) -> Item:
    """A table with its note; `apart` ends it with an empty line, which tomlkit leaves out between old and new ones."""
    if place == ("import", "range"):
        return _item(value)
    tables = any(isinstance(inner, dict) or _is_tables(inner) for inner in value.values())
    table = tomlkit.table(is_super_table=tables)
    note = notes.get(toml_key(place))
    if note:
        table.comment(clean_line(note, 160))
    for key, inner in value.items():
        below = _table(inner, (*place, key), notes, apart=apart) if isinstance(inner, dict) else _item(inner)
        table.add(_key(key), below)
    if apart and not tables:
        table.add(tomlkit.nl())
    return table


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(inner, dict) for inner in value)


def _key(part: str) -> Key:
    # An id reads better in quotes, as the documentation writes it.
    return SingleKey(part, KeyType.Basic if part.isdigit() else None)


def _values(plan: Plan) -> dict[str, Any]:
    """The plan as a TOML file holds it: every choice of [import]; of admins and fields what was set."""
    values: dict[str, Any] = {}
    for place, entry in tables_of(plan).items():
        table = values
        for part in place[:-1]:
            table = table.setdefault(part, {})
        table[place[-1]] = entry_values(entry)
    return values


def tables_of(plan: Plan) -> dict[TablePath, Entry]:
    """What the tables of the plan's file say, in the contract's order."""
    tables: dict[TablePath, Entry] = {("import",): plan.import_}
    if plan.pace.windows:
        tables["pace",] = plan.pace
    tables |= {("admins", admin): entry for admin, entry in plan.admins.items()}
    for scope in SCOPES:
        tables |= {("fields", scope, name): entry for name, entry in plan.fields.of(scope).items()}
    return tables


def entry_values(entry: Entry) -> dict[str, Any]:
    """The keys and values of an entry's table."""
    match entry:
        case Import():
            return _import_values(entry)
        case Pace():
            return _lists(entry.model_dump(by_alias=True))
        case AdminEntry():
            return entry.model_dump(exclude_unset=True)
        case FieldEntry():
            return _lists(entry.model_dump(exclude_none=True))


def _import_values(chosen: Import) -> dict[str, Any]:
    values = _lists(chosen.model_dump(by_alias=True))
    if isinstance(chosen.range, Dates):
        values["range"] = {"from": chosen.range.from_, "to": chosen.range.to}
    return values


def _lists(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}
