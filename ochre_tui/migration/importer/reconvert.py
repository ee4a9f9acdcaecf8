"""Converting again from the archive: the latest run's plan and look-ups, without a single request."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.json_codec import Json
from ochre_tui.intercom.models import Company as IntercomCompany
from ochre_tui.intercom.models import Conversation, Macro
from ochre_tui.migration.convert.companies import convert_company
from ochre_tui.migration.convert.contact_mentions import contacts_of, people_of
from ochre_tui.migration.convert.context import Lookups, StoredFile
from ochre_tui.migration.convert.conversation import convert_conversation
from ochre_tui.migration.convert.macros import convert_macro
from ochre_tui.migration.convert.tags import merge_tags
from ochre_tui.migration.importer.attachments import stored_file
from ochre_tui.migration.importer.companies import company_ids
from ochre_tui.migration.importer.customers import CustomerLookup, convert_archived_customer
from ochre_tui.migration.importer.finalize import unlisted_staff, with_unlisted
from ochre_tui.migration.importer.records import load, load_again, record_errors
from ochre_tui.migration.importer.reference import Reference, archived_reference, latest_plan
from ochre_tui.ochre.records import Company, Customer, CustomField, SavedReply, Tag, Thread, User
from ochre_tui.ochre.target import Target
from ochre_tui.store import files, tags
from ochre_tui.store.archive import Archive
from ochre_tui.store.store import Store


@dataclass(frozen=True, slots=True)
class Reconverted:
    """A conversation out of the archive: as Intercom gave it, and the thread that it converts to."""

    source: Json
    thread: Thread


@dataclass(frozen=True, slots=True)
class _Source:
    """A conversation that can be read, and the contacts whose customers it needs."""

    raw: Json
    conversation: Conversation
    contacts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Reconverter:
    """Gives the records that the latest run's plan makes of what is archived. RecordError where nothing is.

    Valid while no contact changes its customer.
    """

    store: Store
    lookups: Lookups
    users: Mapping[str, User]
    fields: Sequence[CustomField]
    customer_lookup: CustomerLookup
    archive: Archive

    def threads(self, intercom_ids: Sequence[str]) -> Iterator[tuple[str, Reconverted | RecordError]]:
        """Each of these conversations; the error where one can't be converted."""
        packed = self.archive.packed(self.store.conn, "conversation", intercom_ids)
        sources = {id_: self._source(id_, packed.get(id_)) for id_ in intercom_ids}
        readable = [source for source in sources.values() if isinstance(source, _Source)]
        self.customer_lookup.preload([id_ for source in readable for id_ in source.contacts])
        for id_, source in sources.items():
            try:
                if isinstance(source, RecordError):
                    raise source
                yield id_, Reconverted(source.raw, self._thread(source))
            except RecordError as error:
                yield id_, error

    def thread(self, intercom_id: str) -> Thread:
        """A single one of them."""
        ((_, again),) = self.threads([intercom_id])
        if isinstance(again, RecordError):
            raise again
        return again.thread

    def converted(self, source: Json) -> Thread:
        """The thread for a conversation as Intercom gives it; RecordError where it can't be converted."""
        return self._thread(_read(source))

    def _source(self, intercom_id: str, packed: bytes | None) -> _Source | RecordError:
        try:
            if packed is None:
                raise _never_read("conversation", intercom_id)
            return _read(load_again(self.archive.unpack(packed)))
        except RecordError as error:
            return error

    def _thread(self, source: _Source) -> Thread:
        with record_errors():
            customers = self.customer_lookup.known_customers(source.contacts)
            if customers is None:
                customers = self.customer_lookup.customers_of(people_of(source.conversation)).by_contact
            lookups = replace(self.lookups, customers=customers, files=_StoredFiles(self.store.conn))
            return convert_conversation(source.conversation, lookups).thread

    def customer(self, customer_id: str) -> Customer:
        return convert_archived_customer(self.store, self.archive, self.lookups, customer_id)[0]

    def company(self, intercom_id: str) -> Company:
        return convert_company(IntercomCompany.read(load(self._raw("company", intercom_id))), self.lookups).company

    def saved_reply(self, macro_id: str) -> SavedReply:
        return convert_macro(Macro.read(load(self._raw("macro", macro_id))), self.lookups)

    def tags(self) -> list[Tag]:
        return merge_tags(tags.all_names(self.store.conn), self.lookups.workspace)

    def _raw(self, kind: str, id_: str) -> bytes:
        raw = self.archive.read(self.store.conn, kind, id_)
        if raw is None:
            raise _never_read(kind, id_)
        return raw


def _read(raw: Json) -> _Source:
    with record_errors():
        conversation = Conversation.read(raw)
        return _Source(raw, conversation, contacts_of(conversation))


def _never_read(kind: str, id_: str) -> RecordError:
    return RecordError(f"The {kind} {id_} is not in the archive.", advice="Run `ochre-tui run` again.")


class _StoredFiles(Mapping[str, StoredFile]):
    """What became of each file, by URL path, looked up in the store when it is asked for."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def __getitem__(self, path: str) -> StoredFile:
        return stored_file(files.known(self._conn, [path])[path])

    def __iter__(self) -> Iterator[str]:
        return files.paths(self._conn)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def reconverter(store: Store, target: Target, workspace: str, hosts: FileHosts) -> Reconverter:
    """A reconverter for the latest run; UsageError before the first one."""
    return reconverter_by(store, archived_reference(store, target, latest_plan(store), workspace, hosts))


def reconverter_by(store: Store, reference: Reference) -> Reconverter:
    """A reconverter by other reference data than the latest run's."""
    workspace = reference.lookups.workspace
    lookups = with_unlisted(store, reference.lookups, reference.listed_admins)
    historical = {user.id: user for user in unlisted_staff(store, workspace, reference.listed_admins).values()}
    return Reconverter(
        store,
        replace(lookups, companies=company_ids(store, workspace)),
        {**reference.users, **historical},
        reference.fields,
        CustomerLookup(store.conn, workspace),
        Archive(store.seal),
    )
