"""Every difference between an export and the ground truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ochre_tui.sandbox.truth.archive import FILES, Export, opened
from ochre_tui.sandbox.truth.marks import agrees
from ochre_tui.sandbox.truth.symbols import symbols, translated

Json = dict[str, Any]


def compare(export: Path, expected: Mapping[str, list[Json]]) -> list[str]:
    """The differences between an export (ZIP or folder) and the expected lines, a sentence each; none if it is right.

    Besides the records: the files, their order, that no id is used twice, and the stored bytes.
    """
    with opened(export) as archive:
        differences = [f"{name}: missing from the export" for name in FILES if name not in archive.names]
        actual = {name: archive.lines(name) for name in FILES}
        known = symbols(actual, dict(expected))
        for name in FILES:
            differences += _order(name, actual[name])
            lines = {_key(name, line): line for line in (translated(line, known) for line in actual[name])}
            if len(lines) != len(actual[name]):
                differences.append(f"{name}: {len(actual[name]) - len(lines)} records are there twice")
            differences += _records(name, {_key(name, line): line for line in expected[name]}, lines)
        return differences + _bytes(archive, actual["attachments.jsonl"])


def _key(name: str, line: Json) -> str:
    return f"{line['kind']} {line['value']}" if name == "aliases.jsonl" else str(line["id"])


def _records(name: str, expected: Mapping[str, Json], actual: Mapping[str, Json]) -> list[str]:
    differences = [f"{name}: {key} is missing" for key in expected if key not in actual]
    differences += [f"{name}: {key} should not be there" for key in actual if key not in expected]
    for key, line in expected.items():
        there = actual.get(key)
        if there is not None:
            differences += _fields(f"{name}: {key}", line, there)
    return differences


def _fields(where: str, expected: Json, actual: Json) -> list[str]:
    differences = [f"{where}: field {field} is missing" for field in expected if field not in actual]
    differences += [f"{where}: field {field} should not be there" for field in actual if field not in expected]
    for field, value in expected.items():
        there = actual.get(field)
        if field == "author":
            differences += _fields(f"{where} author", value, there or {})
        elif field in actual and not agrees(value, there):
            differences.append(f"{where}: {field} should be {value!r}, is {there!r}")
    return differences


def _order(name: str, lines: list[Json]) -> list[str]:
    """Contract section 5: sorted by id as text, aliases by kind and value, messages by conversation and position."""
    match name:
        case "aliases.jsonl":
            keys = [(line["kind"], line["value"]) for line in lines]
        case "messages.jsonl":
            return _positions(lines)
        case _:
            keys = [(line["id"], "") for line in lines]
    return [] if keys == sorted(keys) else [f"{name}: not in order"]


def _positions(lines: list[Json]) -> list[str]:
    keys = [(line["conversation_id"], line["position"]) for line in lines]
    differences = [] if keys == sorted(keys) else ["messages.jsonl: not in order"]
    counts = Counter(conversation for conversation, _ in keys)
    top = dict(sorted(keys))
    return differences + [
        f"messages.jsonl: positions of {conversation} have gaps"
        for conversation, count in counts.items()
        if top[conversation] != count - 1
    ]


def _bytes(archive: Export, attachments: list[Json]) -> list[str]:
    named = {line["sha256"] for line in attachments if line["sha256"]}
    stored = archive.stored()
    differences = [f"attachments: {sha256} is not stored" for sha256 in sorted(named - stored)]
    differences += [f"attachments: {sha256} belongs to nothing" for sha256 in sorted(stored - named)]
    return differences + [
        f"attachments: {sha256} holds other bytes"
        for sha256 in sorted(named & stored)
        if archive.true_hash(sha256) != sha256
    ]
