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
from ochre_tui.migration.importer.customers import Found, People
from ochre_tui.migration.importer.records import load, one_record
from ochre_tui.store.admin_parts import StaffPart
from ochre_tui.store.archive import Archive
from ochre_tui.store.people import PersonKind, Seen
from ochre_tui.store.worklist import Pending

_SAME_MOMENT_S = 2


@dataclass(frozen=True, slots=True)
class Given:
    """A record to be read: `fresh` from Intercom or from the archive; `files` is what became of its files, None where
    that is not known yet. `answered_at` is when Intercom gave it out, by its own clock."""

    pending: Pending
    raw: bytes
    fresh: bool
    files: Mapping[str, StoredFile] | None = None
    answered_at: int | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """What the work list keeps of a conversation; `updated_at` is raw."""

    id: str
    updated_at: Any
    part_count: int | None
    got_parts: int
    company_id: str | None


@dataclass(frozen=True, slots=True)
class Read:
    """A conversation read and converted; `packed` is the record for the archive, None where it came from there.

    `warm`: it was updated in the very second that it was read, so that a later change may carry the same time.
    """

    pending: Pending
    source: Outline
    converted: Converted
    seen: Sequence[Seen]
    staff: Sequence[StaffPart]
    found: Found
    packed: bytes | None
    warm: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """A conversation that did not come through: `gone` from Intercom, or stopped by a problem."""

    pending: Pending
    reason: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What has to be known of files before the conversation can be converted; `left_out` are those that the plan leaves
    out, which count where they were stored earlier."""

    pending: Pending
    files: Sequence[FileRef]
    left_out: Sequence[FileRef]


Answer: TypeAlias = Read | Failed | Wanted


@dataclass(slots=True)
class Reader:
    """Reads records with the look-ups of a run; the same record gives the same answer in every process."""

    lookups: Lookups
    listed_admins: frozenset[str]
    people: People
    _archive: Archive = field(default_factory=Archive)

    def read(self, given: Given) -> Answer:
        """What is written of the record, or the files that it needs first, or why it can't be had."""
        try:
            with one_record():
                return self._read(given)
        except RecordError as error:
            return Failed(given.pending, error.title)

    def _read(self, given: Given) -> Answer:
        source = Conversation.read(load(given.raw))
        if source.id != given.pending.id:
            raise RecordError(f"Intercom answered with conversation {source.id} instead.")
        files = given.files
        if files is None:
            wanted = self.wanted(source, given.pending)
            if wanted.files or wanted.left_out:
                return wanted
            files = {}
        people = people_of(source)
        found = self.people.of(people)
        converted = convert_conversation(source, replace(self.lookups, customers=found.customers, files=files))
        email = converted.thread.conversation.assignee_email
        return Read(
            given.pending,
            Outline(
                source.id,
                source.updated_at,
                source.part_count,
                len(source.parts),
                source.company.id if source.company else None,
            ),
            converted,
            list(sightings(source, people, staff_of(source), found, email, self.listed_admins)),
            list(staff_parts(source)),
            found,
            self._archive.pack(given.raw) if given.fresh else None,
            warm=_may_change_unseen(source.updated_at, given.answered_at),
        )

    def wanted(self, source: Conversation, pending: Pending) -> Wanted:
        """The files of the conversation, as the plan wants them."""
        hosts, lookups = self.lookups.file_hosts, self.lookups
        files = files_of(source, hosts, attachments=lookups.attachments, inline_images=lookups.inline_images)
        if lookups.attachments and lookups.inline_images:
            return Wanted(pending, files, ())
        fetched = {ref.path for ref in files}
        return Wanted(pending, files, [ref for ref in files_of(source, hosts) if ref.path not in fetched])


def _may_change_unseen(updated_at: object, answered_at: int | None) -> bool:
    """Whether a record of that `updated_at` is to be read again: times are whole seconds, and Intercom's servers need
    not agree on them."""
    at = read_time(updated_at)
    return at is not None and answered_at is not None and abs(answered_at - at) <= _SAME_MOMENT_S


def staff_parts(source: Conversation) -> Iterator[StaffPart]:
    """The parts that admins have in a conversation, as the store keeps them."""
    for found in involvements(source):
        yield StaffPart(found.admin_id, source.id, found.messages, found.assigned)


def sightings(
    source: Conversation,
    met: Sequence[Sighting],
    admins: Sequence[Sighting],
    found: Found,
    assignee_email: str | None,
    listed_admins: frozenset[str],
) -> Iterator[Seen]:
    """A row for each person that Intercom lists, every appearance of those that it does not."""
    noted: set[str] = set()
    for sighting in met:
        used = found.customers.get(sighting.person_id)
        if sighting.person_id in found.unlisted:
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
