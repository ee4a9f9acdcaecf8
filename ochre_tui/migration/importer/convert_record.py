"""From a conversation's raw record to what is written of it: CPU work alone, in whichever process it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.models import Conversation
from ochre_tui.migration.convert.attachments import FileRef, files_of
from ochre_tui.migration.convert.contact_mentions import Sighting, involvements, people_of, staff_of
from ochre_tui.migration.convert.context import Lookups, StoredFile
from ochre_tui.migration.convert.conversation import Converted, convert_conversation
from ochre_tui.migration.convert.times import read_time
from ochre_tui.migration.importer.customers import CustomerIds, CustomerLookup
from ochre_tui.migration.importer.records import load_again, record_errors
from ochre_tui.store.admin_parts import StaffPart
from ochre_tui.store.archive import Archive
from ochre_tui.store.people import PersonKind, Seen
from ochre_tui.store.worklist import Pending

_SAME_MOMENT_S = 2
_MOST_WAITING_BYTES = 2 * 1024 * 1024
"""Of raw records; parsed they take a multiple."""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A conversation's record: `fresh` from Intercom, which gave it out at `answered_at` by its own clock, or from the
    archive. `files` is what became of its files, None where that is not known yet."""

    pending: Pending
    raw: bytes
    fresh: bool
    answered_at: int | None = None
    files: Mapping[str, StoredFile] | None = None


@dataclass(frozen=True, slots=True)
class FetchedFiles:
    """What became of the files that the conversion of a record waits for."""

    pending: Pending
    files: Mapping[str, StoredFile]


@dataclass(frozen=True, slots=True)
class Outline:
    """What the work list keeps of a conversation; `updated_at` is raw."""

    id: str
    updated_at: Any
    part_count: int | None
    got_parts: int
    company_id: str | None


@dataclass(frozen=True, slots=True)
class ConvertedRecord:
    """What is written of a conversation; `packed` is the record for the archive, None where it came from there.

    `warm`: it was updated in the very second that it was read, so that a later change may carry the same time.
    """

    pending: Pending
    source: Outline
    converted: Converted
    seen: Sequence[Seen]
    staff: Sequence[StaffPart]
    customers: CustomerIds
    packed: bytes | None
    warm: bool = False


@dataclass(frozen=True, slots=True)
class FailedRecord:
    """A conversation that did not come through: `gone` from Intercom, or stopped by a problem."""

    pending: Pending
    reason: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class WantedFiles:
    """What has to be known of files before the conversation can be converted; `left_out` are those that the plan leaves
    out, which count where they were stored earlier."""

    pending: Pending
    files: Sequence[FileRef]
    left_out: Sequence[FileRef]


@dataclass(frozen=True, slots=True)
class WantedRecord:
    """The record whose files came is not kept: it is needed once more, with its files."""

    pending: Pending


Request: TypeAlias = SourceRecord | FetchedFiles
Answer: TypeAlias = ConvertedRecord | FailedRecord | WantedFiles | WantedRecord


@dataclass(slots=True)
class RecordConverter:
    """Converts records with the look-ups of a run; the same record gives the same answer in every process.

    A record that waits for its files is kept as it was parsed, as long as there is room.
    """

    lookups: Lookups
    listed_admins: frozenset[str]
    customer_lookup: CustomerLookup
    _archive: Archive = field(default_factory=Archive)
    _waiting: dict[str, tuple[SourceRecord, Conversation]] = field(default_factory=dict)
    _waiting_bytes: int = 0

    def convert(self, request: Request) -> Answer:
        """What is written of the record, or what it needs first, or why it can't be had."""
        try:
            with record_errors():
                return self._finish(request) if isinstance(request, FetchedFiles) else self._begin(request)
        except RecordError as error:
            return FailedRecord(request.pending, error.title)

    def _begin(self, record: SourceRecord) -> Answer:
        source = Conversation.read(load_again(record.raw))
        if source.id != record.pending.id:
            raise RecordError(f"Intercom answered with conversation {source.id} instead.")
        if record.files is not None:
            return self._converted(record, source, record.files)
        wanted = wanted_files(source, record.pending, self.lookups)
        if wanted.files or wanted.left_out:
            self._keep(record, source)
            return wanted
        return self._converted(record, source, {})

    def _finish(self, fetched: FetchedFiles) -> Answer:
        waiting = self._take(fetched.pending.id)
        if waiting is None:
            return WantedRecord(fetched.pending)
        record, source = waiting
        return self._converted(record, source, fetched.files)

    def _keep(self, record: SourceRecord, source: Conversation) -> None:
        """Keep the record until its files come; those that have waited longest give way."""
        self._take(source.id)
        self._waiting[source.id] = (record, source)
        self._waiting_bytes += len(record.raw)
        while self._waiting_bytes > _MOST_WAITING_BYTES:
            self._take(next(iter(self._waiting)))

    def _take(self, intercom_id: str) -> tuple[SourceRecord, Conversation] | None:
        waiting = self._waiting.pop(intercom_id, None)
        if waiting is not None:
            self._waiting_bytes -= len(waiting[0].raw)
        return waiting

    def _converted(
        self, record: SourceRecord, source: Conversation, files: Mapping[str, StoredFile]
    ) -> ConvertedRecord:
        mentions = people_of(source)
        customers = self.customer_lookup.customers_of(mentions)
        converted = convert_conversation(source, replace(self.lookups, customers=customers.by_contact, files=files))
        email = converted.thread.conversation.assignee_email
        return ConvertedRecord(
            record.pending,
            Outline(
                source.id,
                source.updated_at,
                source.part_count,
                len(source.parts),
                source.company.id if source.company else None,
            ),
            converted,
            list(sightings(source, mentions, staff_of(source), customers, email, self.listed_admins)),
            list(staff_parts(source)),
            customers,
            self._archive.pack(record.raw) if record.fresh else None,
            warm=_may_change_unseen(source.updated_at, record.answered_at),
        )


def wanted_files(source: Conversation, pending: Pending, lookups: Lookups) -> WantedFiles:
    """The files of the conversation, as the plan wants them."""
    hosts = lookups.file_hosts
    files = files_of(source, hosts, attachments=lookups.attachments, inline_images=lookups.inline_images)
    if lookups.attachments and lookups.inline_images:
        return WantedFiles(pending, files, ())
    fetched = {ref.path for ref in files}
    return WantedFiles(pending, files, [ref for ref in files_of(source, hosts) if ref.path not in fetched])


def _may_change_unseen(updated_at: object, answered_at: int | None) -> bool:
    """Whether a record of that `updated_at` is to be read again: times are whole seconds, and Intercom's servers need
    not agree on them."""
    at = read_time(updated_at)
    return at is not None and answered_at is not None and abs(answered_at - at) <= _SAME_MOMENT_S


def staff_parts(source: Conversation) -> Iterator[StaffPart]:
    """The parts that admins have in a conversation, as the store keeps them."""
    for part in involvements(source):
        yield StaffPart(part.admin_id, source.id, part.messages, part.assigned)


def sightings(
    source: Conversation,
    contacts: Sequence[Sighting],
    admins: Sequence[Sighting],
    customers: CustomerIds,
    assignee_email: str | None,
    listed_admins: frozenset[str],
) -> Iterator[Seen]:
    """A row for each person that Intercom lists, every appearance of those that it does not."""
    noted: set[str] = set()
    for sighting in contacts:
        used = customers.by_contact.get(sighting.person_id)
        if sighting.person_id in customers.unlisted:
            yield _appearance("contact", sighting, used)
        elif sighting.person_id not in noted:
            noted.add(sighting.person_id)
            yield Seen("contact", sighting.person_id, source.id, None, 0, None, None, None, used)
    for sighting in admins:
        if sighting.person_id not in listed_admins:
            yield _appearance("admin", sighting, None)
    assignee = source.admin_assignee_id
    if assignee and assignee not in listed_admins:
        yield Seen("assignee", assignee, source.id, None, 0, None, None, None, assignee_email)


def _appearance(kind: PersonKind, sighting: Sighting, used: str | None) -> Seen:
    return Seen(
        kind,
        sighting.person_id,
        sighting.conversation_id,
        sighting.at,
        sighting.position,
        sighting.role,
        sighting.name,
        sighting.email,
        used,
    )
