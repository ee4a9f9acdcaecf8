"""What every target fulfils: the embedded workspace, and Ochre over HTTP by the same methods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, TypeVar

from ochre_tui.core.encryption import Spooling
from ochre_tui.ochre.columns import Table
from ochre_tui.ochre.records import (
    AliasKind,
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
Matched: TypeAlias = Literal["email", "email_alias", "external_id", "intercom_id", "phone", "name", "company"]
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer found, and which of its fields the words matched."""

    id: str
    name: str | None
    email: str | None
    matched: Matched


@dataclass(frozen=True, slots=True)
class FileDifference:
    """Stored bytes that are not what the attachments say; `expected` and `actual` are SHA-256 or sizes in bytes,
    `actual` None where there is nothing, or nothing that can be decrypted."""

    sha256: str
    problem: Literal["missing", "content", "size"]
    expected: str
    actual: str | None
    attachment_ids: tuple[str, ...]


def id_of(record: Record) -> str:
    """The id that a target knows the record by; a thread has its conversation's."""
    return record.conversation.id if isinstance(record, Thread) else record.id


class Target(Protocol):
    """An Ochre workspace that records can be put into.

    Writes are idempotent by id and durable when the call returns. `run` names the import run: within one run a
    repeated write answers as the first did ("created" stays "created"), so that an interrupted run counts right.
    A target is used from one thread at a time.
    """

    @property
    def name(self) -> str:
        """What people call the workspace."""
        ...

    @property
    def slug(self) -> str:
        """Its name in addresses."""
        ...

    @property
    def largest_file(self) -> int | None:
        """How many bytes a file may have; None: as many as there is room for."""
        ...

    def refuse_damaged(self) -> None:
        """Raise StoreError where it can be told that what it holds is damaged."""
        ...

    def writes(self) -> int:
        """How many writes it has taken; fewer than once before says that some of them are lost."""
        ...

    def users(self) -> list[User]: ...

    def custom_fields(self) -> list[CustomField]: ...

    def put(self, run: int, records: Sequence[Record]) -> list[Outcome]:
        """Write `records` (any mix); outcomes in the same order.

        They go in one transaction, or in several where they are more than the target takes at a time. RecordError when
        one can't be stored, and nothing of its transaction is written.

        A thread replaces all messages, attachments and the alias of its conversation. A customer replaces the
        aliases that point to it.
        """
        ...

    def remove(self, records: Iterable[tuple[type[Record], str]]) -> None:
        """Take records out by type and id; those that are not there are no error."""
        ...

    def rewrite(self, run: int, records: Sequence[Record]) -> None:
        """`put` in place of what is there, whatever the target believes it has: it was changed behind its back."""
        ...

    def edited(self, records: Iterable[tuple[type[Record], str]], now: int) -> dict[str, bool]:
        """For each of these records (by type and id) that is there, whether people changed it since it was put.

        What is found is kept, dated `now` (unix seconds), so that a later put does not hide it.
        """
        ...

    @property
    def spooling(self) -> Spooling:
        """How the files are to be written that `add_files` takes over."""
        ...

    def has_file(self, sha256: str) -> bool: ...

    def add_files(self, spooled: Sequence[tuple[Path, str]]) -> None:
        """Take over files as (path, SHA-256), stored once per content; the paths are gone afterwards."""
        ...

    def sweep(self) -> int:
        """Delete what removed records leave behind, in the search index too, and the bytes that no attachment refers
        to; how many files went. Only while nothing is imported."""
        ...

    def discard_file(self, sha256: str) -> None:
        """Let go of bytes that are not what their hash says, so that they can be added anew."""
        ...

    def state(self) -> str | None:
        """Another text whenever records may have been written in between; None where that can't be told."""
        ...

    def threads(self, after: str | None = None) -> Iterator[Thread]:
        """Every thread, by ascending conversation id, from after the given one."""
        ...

    def thread(self, conversation_id: str) -> Thread | None: ...

    def attachments(self, after: str = "") -> Iterator[Attachment]:
        """Every attachment, by ascending id, from after the given one."""
        ...

    def records(self, table: Table[R], after: str = "") -> Iterator[R]:
        """Every record of a table of `columns`, by ascending id, from after the given one."""
        ...

    def record(self, table: Table[R], record_id: str) -> R | None: ...

    def behind_alias(self, kind: AliasKind, value: str) -> str | None:
        """The id of the record that had this id in Intercom."""
        ...

    def file_differences(self) -> Iterator[FileDifference]:
        """Hash every stored file again and yield what differs, by ascending SHA-256."""
        ...

    def search(self, text: str, limit: int = 20) -> list[Hit]:
        """Customers by what people remember of them, the best first."""
        ...

    def export(self, out: Path, *, exported_at: int, tool_version: str, migration: str) -> None:
        """Write the export ZIP to `out` (0600), which appears, or is replaced, only when it is complete."""
        ...

    def close(self) -> None: ...


def conversation_by_alias(target: Target, intercom_id: str) -> str | None:
    """The id of the conversation that was this one in Intercom."""
    return target.behind_alias("intercom_conversation", intercom_id)


def customer_by_alias(target: Target, intercom_id: str) -> str | None:
    """The id of the customer that this contact became."""
    return target.behind_alias("intercom_contact", intercom_id)


def message_by_source_id(target: Target, conversation_id: str, part_id: str) -> str | None:
    """The id of the message that was this part; of the first one, should a part id repeat."""
    thread = target.thread(conversation_id)
    found = (message.id for message in (thread.messages if thread else ()) if message.source_id == part_id)
    return next(found, None)
