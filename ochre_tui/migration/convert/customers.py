"""Contacts to customers: which ones are one person, and what the customer takes from each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ochre_tui.intercom.models import Contact
from ochre_tui.migration.convert import ids
from ochre_tui.migration.convert.contact_mentions import Sighting, known_from
from ochre_tui.migration.convert.context import Lookups
from ochre_tui.migration.convert.fields import convert_attributes, is_nothing
from ochre_tui.migration.convert.tags import tag_names
from ochre_tui.migration.convert.times import read_time
from ochre_tui.ochre.ids import normal_email
from ochre_tui.ochre.records import Customer, Scope


@dataclass(frozen=True, slots=True)
class MergeReport:
    """Contacts that became one customer: `survivor` gave the values, `joined` are those Intercom no longer lists."""

    customer_id: str
    survivor: str
    contact_ids: tuple[str, ...]
    joined: tuple[str, ...]
    emails: tuple[str, ...]
    external_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConvertedCustomer:
    """A customer; `merge` if several contacts became it; `tags_seen` and `unmapped` as for conversations."""

    customer: Customer
    merge: MergeReport | None
    tags_seen: dict[str, str]
    unmapped: Counter[tuple[Scope, str]]


def contact_keys(contact: Contact) -> list[str]:
    """What links a contact to others: its normalised e-mail and its external id."""
    keys = []
    if contact.email and (email := normal_email(contact.email)):
        keys.append(email_key(email))
    if contact.external_id:
        keys.append(f"external:{contact.external_id}")
    return keys


def email_key(email: str) -> str:
    """The key of an e-mail address, as it links contacts and those that Intercom no longer lists."""
    return f"email:{normal_email(email)}"


def components(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Groups of two or more contacts that share keys, also through others, from (contact id, key) pairs.

    Each group sorted, groups sorted by their first id; the order of the pairs does not matter.
    """
    parents: dict[str, str] = {}
    first: dict[str, str] = {}

    def root(contact: str) -> str:
        while (parent := parents.get(contact, contact)) != contact:
            parents[contact] = parents.get(parent, parent)
            contact = parent
        return contact

    for contact, key in pairs:
        one, other = root(contact), root(first.setdefault(key, contact))
        if one != other:
            parents[max(one, other)] = min(one, other)
    groups: dict[str, list[str]] = defaultdict(list)
    for contact in parents:
        groups[root(contact)].append(contact)
    return sorted(sorted({lowest, *members}) for lowest, members in groups.items())


def convert_customer(contacts: Sequence[Contact], joined: Sequence[str], lookups: Lookups) -> ConvertedCustomer:
    """The customer for a group of linked contacts (one or more).

    `joined` are ids of contacts that Intercom no longer lists and that have an e-mail of this group.
    """
    ranked = _ranked(contacts)
    survivor = ranked[0]
    fields = convert_attributes(_attributes(ranked), lookups.rules("customer"))
    created = fields.times("created_at", [contact.created_at for contact in ranked])
    updated = fields.times("updated_at", [contact.updated_at for contact in ranked])
    email = next((contact.email.strip() for contact in ranked if contact.email), None)
    emails = {normal_email(contact.email) for contact in ranked if contact.email}
    listed = sorted(contact.id for contact in ranked)
    merged_away = {m.source_contact_id for contact in ranked for m in contact.merge_history if m.source_contact_id}
    customer = Customer(
        id=ids.customer_id(lookups.workspace, listed[0]),
        name=next((contact.name for contact in ranked if contact.name), None),
        email=email,
        email_aliases=_further(emails, email),
        phone=next((contact.phone for contact in ranked if contact.phone), None),
        external_ids=tuple(sorted({contact.external_id for contact in ranked if contact.external_id})),
        intercom_ids=tuple(sorted({*listed, *joined, *merged_away})),
        can_sign_in=survivor.role == "user",
        placeholder=False,
        company_ids=_companies(ranked, lookups),
        tags=tag_names((tag for contact in ranked for tag in contact.tags.data), lookups.tags),
        custom_fields=fields.values,
        unmapped=fields.unmapped,
        created_at=min(created, default=None),
        updated_at=max(updated, default=None),
    )
    merge = None
    if len(listed) > 1 or joined:
        merge = MergeReport(
            customer.id, survivor.id, tuple(listed), tuple(sorted(joined)), tuple(sorted(emails)), customer.external_ids
        )
    return ConvertedCustomer(customer, merge, _tags_seen(ranked), Counter(("customer", n) for n in fields.unmapped))


def placeholder(sightings: Sequence[Sighting], contact_ids: Sequence[str], lookups: Lookups) -> Customer:
    """A customer for contacts (one, or several of one e-mail) that Intercom no longer lists, from where they wrote."""
    known = known_from(sightings)
    return Customer(
        id=ids.customer_id(lookups.workspace, min(contact_ids)),
        name=known.name,
        email=known.email,
        email_aliases=_further({normal_email(email) for email in known.emails}, known.email),
        phone=None,
        external_ids=(),
        intercom_ids=tuple(sorted(set(contact_ids))),
        can_sign_in=False,
        placeholder=True,
        company_ids=(),
        tags=(),
        custom_fields={},
        unmapped={},
        created_at=None,
        updated_at=None,
    )


def _ranked(contacts: Iterable[Contact]) -> list[Contact]:
    """Users before leads, then the latest update, then the highest id."""
    by_id = sorted(contacts, key=lambda contact: contact.id, reverse=True)
    return sorted(by_id, key=lambda contact: (contact.role != "user", -(read_time(contact.updated_at) or 0)))


def _attributes(ranked: Sequence[Contact]) -> dict[str, Any]:
    """The survivor's attributes, gaps filled from the others in their order."""
    merged: dict[str, Any] = {}
    for contact in ranked:
        for name, raw in contact.custom_attributes.items():
            if not is_nothing(raw):
                merged.setdefault(name, raw)
    return merged


def _companies(contacts: Iterable[Contact], lookups: Lookups) -> tuple[str, ...]:
    named = {company.id for contact in contacts for company in contact.companies.data if company.id}
    return tuple(sorted({lookups.companies[company] for company in named if company in lookups.companies}))


def _further(emails: set[str], primary: str | None) -> tuple[str, ...]:
    return tuple(sorted(emails - ({normal_email(primary)} if primary else set())))


def _tags_seen(contacts: Iterable[Contact]) -> dict[str, str]:
    return {tag.id: tag.name for contact in contacts for tag in contact.tags.data if tag.id and tag.name}
