"""Converting again from the archive: the latest run's plan and look-ups, without a single request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ochre_tui.errors import RecordError
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.models import Company as IntercomCompany
from ochre_tui.intercom.models import Conversation, Macro
from ochre_tui.migration.convert.attachments import files_of
from ochre_tui.migration.convert.companies import convert_company
from ochre_tui.migration.convert.conversation import convert_conversation
from ochre_tui.migration.convert.lookups import Lookups
from ochre_tui.migration.convert.macros import convert_macro
from ochre_tui.migration.convert.sightings import people_of
from ochre_tui.migration.convert.tags import merge_tags
from ochre_tui.migration.importer.closing import unlisted_staff, with_unlisted
from ochre_tui.migration.importer.companies import company_ids
from ochre_tui.migration.importer.files import stored_file
from ochre_tui.migration.importer.people import People, convert_one
from ochre_tui.migration.importer.raw import load
from ochre_tui.migration.importer.reference import Reference, archived_reference, latest_plan
from ochre_tui.ochre.records import Company, Customer, CustomField, SavedReply, Tag, Thread, User
from ochre_tui.ochre.target import Target
from ochre_tui.state import files, tags
from ochre_tui.state.archive import Archive
from ochre_tui.state.store import Store


@dataclass(frozen=True, slots=True)
class Reconverter:
    """Gives the records that the latest run's plan makes of what is archived. RecordError where nothing is."""

    store: Store
    lookups: Lookups
    users: Mapping[str, User]
    fields: Sequence[CustomField]
    archive: Archive = field(default_factory=Archive)

    def thread(self, intercom_id: str) -> Thread:
        source = Conversation.read(load(self._raw("conversation", intercom_id)))
        lookups = self.lookups
        refs = files_of(source, lookups.file_hosts)
        known = files.known(self.store.conn, [ref.path for ref in refs]) if refs else {}
        found = People(self.store.conn, lookups.workspace).of(people_of(source))
        stored = {path: stored_file(row) for path, row in known.items()}
        return convert_conversation(source, replace(lookups, customers=found.customers, files=stored)).thread

    def customer(self, customer_id: str) -> Customer:
        return convert_one(self.store, self.archive, self.lookups, customer_id)[0]

    def company(self, intercom_id: str) -> Company:
        return convert_company(IntercomCompany.read(load(self._raw("company", intercom_id))), self.lookups).company

    def saved_reply(self, macro_id: str) -> SavedReply:
        return convert_macro(Macro.read(load(self._raw("macro", macro_id))), self.lookups)

    def tags(self) -> list[Tag]:
        return merge_tags(tags.all_names(self.store.conn), self.lookups.workspace)

    def _raw(self, kind: str, id_: str) -> bytes:
        raw = self.archive.read(self.store.conn, kind, id_)
        if raw is None:
            raise RecordError(f"The {kind} {id_} was never read.", advice="Run `ochre-tui run` again.")
        return raw


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
    )
