"""Contacts become customers: who is who, and the people that only conversations know."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import orjson

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.models import Contact
from ochre_tui.migration.convert.contact_mentions import Sighting, known_from
from ochre_tui.migration.convert.context import Lookups
from ochre_tui.migration.convert.customers import components, convert_customer, email_key, placeholder
from ochre_tui.migration.convert.ids import customer_id
from ochre_tui.migration.importer.records import load_again, put_each, record_errors
from ochre_tui.ochre.ids import normal_email
from ochre_tui.ochre.records import Customer
from ochre_tui.ochre.target import Target
from ochre_tui.store import outcomes, people, runs, tags, warnings, worklist
from ochre_tui.store.archive import Archive
from ochre_tui.store.outcomes import Outcome
from ochre_tui.store.store import Store

UNREAD = "ochre_tui_unread"
"""In an archived contact: why one of its lists could not be read. Such a contact is read again by the next run."""
_PAGE = 500
_MOST_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class CustomerIds:
    """The customer of each contact in a conversation; `unlisted` are those that Intercom does not list."""

    by_contact: dict[str, str]
    unlisted: frozenset[str]


@dataclass(slots=True)
class CustomerLookup:
    """Tells who the people of a conversation are; valid while no contact changes its customer."""

    conn: sqlite3.Connection
    workspace: str
    _customers: dict[str, str] = field(default_factory=dict)

    def customers_of(self, sightings: Sequence[Sighting]) -> CustomerIds:
        """The customers of these contacts; of an unlisted one, as far as these sightings tell."""
        contact_ids = sorted({sighting.person_id for sighting in sightings})
        customers = {id_: self._customers[id_] for id_ in contact_ids if id_ in self._customers}
        unknown = [id_ for id_ in contact_ids if id_ not in customers]
        if not unknown:
            return CustomerIds(customers, frozenset())
        known = self._look_up(unknown)
        listed = {id_: customer for id_, (customer, origin) in known.items() if origin != "placeholder"}
        unlisted = [id_ for id_ in unknown if id_ not in listed]
        placeholders = {id_: known[id_][0] if id_ in known else self._guess(id_, sightings) for id_ in unlisted}
        return CustomerIds({**customers, **listed, **placeholders}, frozenset(unlisted))

    def preload(self, contact_ids: Sequence[str]) -> None:
        """Look these contacts up, of several conversations at once, so that `settled` and `of` need not."""
        unknown = list({id_ for id_ in contact_ids if id_ not in self._customers})
        for start in range(0, len(unknown), _PAGE):
            self._look_up(unknown[start : start + _PAGE])

    def known_customers(self, contact_ids: Sequence[str]) -> dict[str, str] | None:
        """The customers of these contacts; None where one of them is nobody yet."""
        customers = {id_: self._customers[id_] for id_ in contact_ids if id_ in self._customers}
        unknown = [id_ for id_ in contact_ids if id_ not in customers]
        if not unknown:
            return customers
        customers.update({id_: customer for id_, (customer, _) in self._look_up(unknown).items()})
        return customers if len(customers) == len(contact_ids) else None

    def _look_up(self, contact_ids: Sequence[str]) -> dict[str, tuple[str, people.Origin]]:
        """Those of these contacts that are somebody; who Intercom lists is remembered."""
        known = people.customer_ids(self.conn, contact_ids)
        if len(self._customers) > _MOST_KEPT:
            self._customers.clear()
        self._customers.update({id_: customer for id_, (customer, origin) in known.items() if origin != "placeholder"})
        return known

    def _guess(self, contact_id: str, sightings: Sequence[Sighting]) -> str:
        email = known_from(s for s in sightings if s.person_id == contact_id).email
        listed = people.contact_by_key(self.conn, email_key(email)) if email else None
        joined = people.customer_ids(self.conn, [listed]).get(listed) if listed else None
        return joined[0] if joined else customer_id(self.workspace, contact_id)


def group_contacts(store: Store, run: int, workspace: str) -> None:
    """Say for every listed contact, and every id that was merged into it, which customer it is."""
    lowest: dict[str, str] = {}
    for group in components(people.shared_keys(store.conn)):
        lowest.update(dict.fromkeys(group, group[0]))
    with store.transaction() as conn:
        people.drop_merged(conn)
    last = ""
    while ids := people.contact_ids(store.conn, last, _PAGE):
        customers = {id_: customer_id(workspace, lowest.get(id_, id_)) for id_ in ids}
        with store.transaction() as conn:
            people.assign(conn, [(id_, customer, "listed") for id_, customer in customers.items()])
            people.assign(conn, [(merged, customers[into], "merged") for merged, into in people.merged_ids(conn, ids)])
        last = ids[-1]
    with store.transaction() as conn:
        worklist.convert_again_where_people_moved(conn, run)


def settle_unlisted(store: Store, run: int, workspace: str) -> int:
    """Now that every conversation is read: who the unlisted people are; how many conversations took them for others."""
    by_email: dict[str, list[str]] = defaultdict(list)
    assigned: list[tuple[str, str, people.Origin]] = []
    for id_ in people.unlisted_contacts(store.conn):
        email = known_from(_sightings(store, id_)).email
        listed = people.contact_by_key(store.conn, email_key(email)) if email else None
        if listed is not None:
            assigned.append((id_, people.customer_ids(store.conn, [listed])[listed][0], "placeholder"))
        else:
            by_email[normal_email(email) if email else f"contact {id_}"].append(id_)
    for ids in by_email.values():
        assigned += [(id_, customer_id(workspace, min(ids)), "placeholder") for id_ in ids]
    with store.transaction() as conn:
        people.assign(conn, assigned)
        people.touch_placeholders(conn)
        return worklist.convert_again_where_people_moved(conn, run)


def write_customers(store: Store, target: Target, run: int, lookups: Lookups, ids: Sequence[str]) -> None:
    """Convert these customers and put them into the target; what can't be converted is quarantined."""
    archive = Archive(store.seal)
    customers: list[Customer] = []
    results: list[tuple[str, Outcome, str | None]] = []
    merges: dict[str, str | None] = {}
    tags_seen: dict[str, str] = {}
    for id_ in ids:
        try:
            with record_errors():
                customer, merge, seen = convert_archived_customer(store, archive, lookups, id_)
        except RecordError as error:
            results.append((id_, "quarantined", error.title))
        else:
            customers.append(customer)
            merges[id_] = merge
            tags_seen.update(seen)
    done: list[str] = []
    for customer, outcome in zip(customers, put_each(target, run, customers), strict=True):
        if isinstance(outcome, RecordError):
            results.append((customer.id, "quarantined", outcome.title))
        else:
            results.append((customer.id, outcome, None))
            done.append(customer.id)
    with store.transaction() as conn:
        runs.target_took(conn, target.writes())
        outcomes.record(conn, run, "customers", results)
        tags.see(conn, tags_seen.items())
        for id_, merge in merges.items():
            warnings.report_merge(conn, id_, merge)
        people.customers_done(conn, done)


def remove_absorbed(store: Store, target: Target) -> None:
    """Customers whose contacts all became somebody else leave the target."""
    ids = people.nobodies(store.conn)
    target.remove((Customer, id_) for id_ in ids)
    with store.transaction() as conn:
        outcomes.forget(conn, "customers", ids)
        for id_ in ids:
            people.drop_customer(conn, id_)
            warnings.report_merge(conn, id_, None)


def convert_archived_customer(
    store: Store, archive: Archive, lookups: Lookups, id_: str
) -> tuple[Customer, str | None, dict[str, str]]:
    """A customer from the archived contacts that became it, with the merge report (JSON) and the tags seen."""
    members = people.members(store.conn, id_)
    joined = [contact_id for contact_id, origin in members if origin == "placeholder"]
    merged = {contact_id for contact_id, origin in members if origin == "merged"}
    contacts = []
    for contact_id in (contact_id for contact_id, origin in members if origin == "listed"):
        raw = archive.read(store.conn, "contact", contact_id)
        if raw is None:
            raise RecordError(f"Contact {contact_id} is not in the archive.", advice="Run again to read it anew.")
        record = load_again(raw)
        if UNREAD in record:
            raise RecordError(f"Contact {contact_id} could not be read in full: {record[UNREAD]}")
        contacts.append(Contact.read(record))
    if not contacts:
        seen = [sighting for contact_id in joined for sighting in _sightings(store, contact_id)]
        return placeholder(seen, joined, lookups), None, {}
    in_history = {past.source_contact_id for contact in contacts for past in contact.merge_history}
    converted = convert_customer(contacts, sorted({*joined, *(merged - in_history)}), lookups)
    merge = orjson.dumps(asdict(converted.merge)).decode() if converted.merge else None
    return converted.customer, merge, converted.tags_seen


def _sightings(store: Store, contact_id: str) -> list[Sighting]:
    return [
        Sighting(seen.person_id, seen.role, seen.name, seen.email, seen.at, seen.conversation_id, seen.position)
        for seen in people.sightings(store.conn, "contact", contact_id)
    ]
