"""What every target fulfils: the embedded workspace today, Ochre over HTTP by the same methods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from ochre_tui.ochre.records import (
    Attachment,
    Company,
    Customer,
    CustomField,
    SavedReply,
    Tag,
    Thread,
    User,
)

Outcome: TypeAlias = Literal["created", "changed", "unchanged"]
Record: TypeAlias = User | CustomField | Tag | Company | Customer | SavedReply | Thread


class Target(Protocol):
    """An Ochre workspace that records can be put into.

    Writes are idempotent by id and durable when the call returns. `run` names the import run: within one run a
    repeated write answers as the first did ("created" stays "created"), so that an interrupted run counts right.
    A target is used from one thread at a time.
    """

    def users(self) -> list[User]: ...

    def custom_fields(self) -> list[CustomField]: ...

    def put(self, run: int, records: Sequence[Record]) -> list[Outcome]:
        """Write `records` (any mix) in one transaction; outcomes in the same order.

        A thread replaces all messages, attachments and the alias of its conversation. A customer replaces the
        aliases that point to it.
        """
        ...

    def remove(self, records: Iterable[tuple[type[Record], str]]) -> None:
        """Take records out by type and id; those that are not there are no error."""
        ...

    def has_file(self, sha256: str) -> bool: ...

    def add_files(self, spooled: Sequence[tuple[Path, str]]) -> None:
        """Take over files as (path, SHA-256), stored once per content; the paths are gone afterwards."""
        ...

    def threads(self, after: str | None = None) -> Iterator[Thread]:
        """Every thread, by ascending conversation id, from after the given one."""
        ...

    def thread(self, conversation_id: str) -> Thread | None: ...

    def attachments(self) -> Iterator[Attachment]: ...

    def close(self) -> None: ...
