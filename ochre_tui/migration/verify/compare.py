"""Two records, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from ochre_tui.migration.verify.model import MEND, RUN, Difference
from ochre_tui.ochre.records import Thread


def differences(kind: str, id_: str, wanted: Any, actual: Any) -> Iterator[Difference]:
    """What `actual` has otherwise than `wanted`; None is a record that is not there."""
    if wanted == actual:
        return
    if actual is None:
        yield Difference(kind, id_, "", "imported", "not in Ochre", MEND)
    elif isinstance(wanted, Thread):
        yield from _in_thread(id_, wanted, actual)
    else:
        yield from _in_record(kind, id_, wanted, actual)


def unreadable(kind: str, id_: str, reason: str) -> Difference:
    """The archive gives no record to compare with; the next run reads it from Intercom once more."""
    return Difference(kind, id_, "", "a readable archive", reason, RUN)


def _in_thread(id_: str, wanted: Thread, actual: Thread) -> Iterator[Difference]:
    yield from _in_record("conversations", id_, wanted.conversation, actual.conversation)
    for kind, expected, there in (
        ("message", wanted.messages, actual.messages),
        ("attachment", wanted.attachments, actual.attachments),
    ):
        found = {record.id: record for record in there}
        for record in expected:
            other = found.pop(record.id, None)
            if other is None:
                yield Difference(f"{kind} of {id_}", record.id, "", "imported", "not in Ochre", MEND)
            else:
                yield from _in_record(f"{kind} of {id_}", record.id, record, other)
        for extra in found:
            yield Difference(f"{kind} of {id_}", extra, "", "nothing", "a record that Intercom does not have", MEND)
    if len({record.id for record in actual.messages}) < len(actual.messages):
        yield Difference("conversations", id_, "messages", len(wanted.messages), len(actual.messages), MEND)


def _in_record(kind: str, id_: str, wanted: Any, actual: Any) -> Iterator[Difference]:
    for field in fields(wanted):
        expected, there = getattr(wanted, field.name), getattr(actual, field.name)
        if expected != there:
            yield Difference(kind, id_, field.name, _plain(expected), _plain(there), MEND)


def _plain(value: Any) -> Any:
    """The value as JSON has it."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return list(value) if isinstance(value, tuple) else value
