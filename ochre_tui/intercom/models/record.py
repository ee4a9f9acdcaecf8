"""What all records of Intercom that stand on their own have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Self, TypeVar

from pydantic import ValidationError

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.models.values import Id, Json, Lenient, RequiredId, Text, as_id

T = TypeVar("T")


def readable(rows: Iterable[Any], read: Callable[[Any], T]) -> list[T]:
    """The rows that can be read; the others are no records, as they have no id or no name."""
    records = []
    for row in rows:
        try:
            records.append(read(row))
        except RecordError:
            continue
    return records


def by_id(rows: Iterable[Json]) -> dict[str, Json]:
    """Rows by their ids; those without one are no records."""
    return {id_: row for row in rows if (id_ := as_id(row.get("id"))) is not None}


class Ref(Lenient):
    """A mention of another record: its id, and its type and name where they are given."""

    type: Text = None
    id: Id = None
    name: Text = None


class Record(Lenient):
    """A record with an id."""

    kind: ClassVar[str] = "record"

    id: RequiredId

    @classmethod
    def read(cls, raw: Any) -> Self:
        """The record in `raw`, parsed JSON; RecordError if it has no id."""
        try:
            return cls.model_validate(raw)
        except ValidationError:
            raise RecordError(
                f"Intercom sent a {cls.kind} without an id.",
                meaning="This record was not imported.",
                advice="Look at it in Intercom; `ochre-tui retry` tries again.",
            ) from None
