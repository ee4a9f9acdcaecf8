"""Every difference between an export and the ground truth."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

from ochre_tui.sandbox.truth.marks import agrees

Json = dict[str, Any]
Lines = dict[str, list[Json]]
FILES: Final = (
    "team.jsonl",
    "customers.jsonl",
    "companies.jsonl",
    "custom_fields.jsonl",
    "tags.jsonl",
    "saved_replies.jsonl",
    "conversations.jsonl",
    "messages.jsonl",
    "attachments.jsonl",
    "aliases.jsonl",
)
_IN_BODY: Final = re.compile(r'(?<=")attachment:([^"]*)')
_ID_KEYS: Final = ("id", "conversation_id", "message_id", "customer_id", "assignee_id")
_LIST_KEYS: Final = ("company_ids", "customer_ids", "attachment_ids")


@dataclass(frozen=True, slots=True)
class Export:
    """Names of all members, and how to read one."""

    names: frozenset[str]
    source: ZipFile | Path

    def read(self, name: str) -> bytes:
        return self.source.read(name) if isinstance(self.source, ZipFile) else (self.source / name).read_bytes()

    def lines(self, name: str) -> list[Json]:
        """The records of a file; an empty list if it is not there."""
        if name not in self.names:
            return []
        return [json.loads(line) for line in self.read(name).split(b"\n") if line]

    def stored(self) -> set[str]:
        """The hashes of the stored files, as their names say."""
        return {name.rsplit("/", 1)[1] for name in self.names if name.startswith("attachments/")}

    def true_hash(self, sha256: str) -> str:
        return hashlib.sha256(self.read(f"attachments/{sha256[:2]}/{sha256}")).hexdigest()


@contextmanager
def opened(place: Path) -> Iterator[Export]:
    if place.is_dir():
        names = (str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())
        yield Export(frozenset(names), place)
    else:
        with ZipFile(place) as archive:
            yield Export(frozenset(archive.namelist()), archive)


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
        exported = actual.get(key)
        if exported is not None:
            differences += _fields(f"{name}: {key}", line, exported)
    return differences


def _fields(where: str, expected: Json, actual: Json) -> list[str]:
    differences = [f"{where}: field {field} is missing" for field in expected if field not in actual]
    differences += [f"{where}: field {field} should not be there" for field in actual if field not in expected]
    for field, value in expected.items():
        exported = actual.get(field)
        if field == "author":
            differences += _fields(f"{where} author", value, exported or {})
        elif field in actual and not agrees(value, exported):
            differences.append(f"{where}: {field} should be {value!r}, is {exported!r}")
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


def symbols(actual: Lines, expected: Lines) -> dict[str, str]:
    """The symbol of each id in the export, found by the Intercom ids that the records carry."""
    symbol_of = _people(actual, expected)
    for name, prefix, key in (
        ("companies.jsonl", "company", "intercom_id"),
        ("saved_replies.jsonl", "saved_reply", "intercom_id"),
        ("conversations.jsonl", "conversation", "intercom_id"),
        ("tags.jsonl", "tag", "name"),
    ):
        symbol_of |= {line["id"]: f"{prefix}:{line[key]}" for line in actual[name]}
    for line in actual["custom_fields.jsonl"]:
        symbol_of[line["id"]] = f"field:{line['scope']}:{line['key']}"
    messages = _messages(actual["messages.jsonl"], symbol_of)
    return symbol_of | messages | _attachments(actual["messages.jsonl"], expected["messages.jsonl"], messages)


def translated(line: Json, known: Mapping[str, str]) -> Json:
    """The record with symbols in place of its ids, those in its body included; ids without a symbol stay."""
    record = dict(line)
    for key in _ID_KEYS:
        if key in record:
            record[key] = known.get(record[key], record[key])
    for key in _LIST_KEYS:
        if key in record:
            record[key] = [known.get(ident, ident) for ident in record[key]]
    author = record.get("author")
    if author:
        record["author"] = {**author, "id": known.get(author.get("id"), author.get("id"))}
    if record.get("body_html"):
        record["body_html"] = _IN_BODY.sub(lambda ref: f"attachment:{known.get(ref[1], ref[1])}", record["body_html"])
    return record


def _people(actual: Lines, expected: Lines) -> dict[str, str]:
    contacts = {contact: line["id"] for line in expected["customers.jsonl"] for contact in line["intercom_ids"]}
    symbol_of: dict[str, str] = {}
    for line in actual["customers.jsonl"]:
        candidates = [contacts[contact] for contact in line["intercom_ids"] if contact in contacts]
        symbol_of[line["id"]] = candidates[0] if candidates else line["id"]
    for line in actual["team.jsonl"]:
        if line["is_bot"]:
            symbol_of[line["id"]] = "user:bot"
        elif line["state"] == "historical":
            symbol_of[line["id"]] = f"user:{line['intercom_admin_ids'][0]}"
        else:
            symbol_of[line["id"]] = f"user:{(line['email'] or '').casefold()}"
    return symbol_of


def _messages(lines: Sequence[Json], known: Mapping[str, str]) -> dict[str, str]:
    symbol_of: dict[str, str] = {}
    times: Counter[tuple[str, str]] = Counter()
    for line in sorted(lines, key=lambda line: (line["conversation_id"], line["position"])):
        key = "source" if line["source_type"] == "source" else str(line["source_id"])
        conversation = known.get(line["conversation_id"], line["conversation_id"]).removeprefix("conversation:")
        times[conversation, key] += 1
        symbol_of[line["id"]] = f"message:{conversation}:{key}:{times[conversation, key]}"
    return symbol_of


def _attachments(actual: Sequence[Json], expected: Sequence[Json], messages: Mapping[str, str]) -> dict[str, str]:
    """Attachments by their place in the message."""
    places: dict[str, list[str]] = defaultdict(list)
    for line in expected:
        places[line["id"]] = line["attachment_ids"]
    return {
        attachment: symbol
        for line in actual
        for attachment, symbol in zip(line["attachment_ids"], places[messages[line["id"]]], strict=False)
    }
