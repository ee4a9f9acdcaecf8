"""Which contacts are one customer, and what that customer is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from html import unescape
from typing import Any

from ochre_tui.sandbox.truth.marks import unordered
from ochre_tui.sandbox.truth.plan import TruthPlan
from ochre_tui.sandbox.truth.sightings import Sightings
from ochre_tui.sandbox.truth.values import seconds, sort_out, time_text
from ochre_tui.sandbox.world import World

Json = dict[str, Any]


def customers(world: World, plan: TruthPlan, sightings: Sightings, tag_name: Callable[[str], str | None]) -> list[Json]:
    """The lines of customers.jsonl: merged contacts, then placeholders for those that are not listed."""
    listed: dict[str, Json] = {}
    for contact_id in world.contact_ids():
        contact = world.contact(contact_id)
        if contact is not None:
            listed[contact_id] = contact
    absorbed = {
        entry["source_contact_id"]: contact_id
        for contact_id, contact in listed.items()
        for entry in contact["merge_history"]
    }
    ghosts = [contact for contact in sightings.contacts if contact not in listed and contact not in absorbed]
    groups = _groups([(contact_id, _keys(contact)) for contact_id, contact in listed.items()])
    by_email = {
        _normal(listed[contact]["email"]): group for group in groups for contact in group if listed[contact]["email"]
    }
    joined: dict[str, list[str]] = defaultdict(list)
    alone: list[tuple[str, set[tuple[str, str]]]] = []
    for ghost in ghosts:
        email = _normal(sightings.contacts[ghost].email)
        if email and email in by_email:
            joined[min(by_email[email])].append(ghost)
        else:
            alone.append((ghost, {("email", email)} if email else set()))
    lines = [
        _customer([listed[contact] for contact in group], joined.get(min(group), []), plan, tag_name)
        for group in groups
    ]
    return lines + [_placeholder(group, sightings) for group in _groups(alone)]


def company_ids(world: World) -> set[str]:
    """The companies that contacts name."""
    return {
        company["id"]
        for contact_id in world.contact_ids()
        for company in (world.contact(contact_id) or {"companies": {"data": []}})["companies"]["data"]
    }


def _keys(contact: Json) -> set[tuple[str, str]]:
    keys = set()
    if _normal(contact["email"]):
        keys.add(("email", _normal(contact["email"])))
    if contact["external_id"]:
        keys.add(("external", contact["external_id"]))
    return keys


def _normal(email: str | None) -> str:
    return (email or "").strip().casefold()


def _groups(members: Iterable[tuple[str, set[tuple[str, str]]]]) -> list[list[str]]:
    """Members that share a key, directly or through others, are a group."""
    groups: dict[int, tuple[list[str], set[tuple[str, str]]]] = {}
    group_of: dict[tuple[str, str], int] = {}
    for number, (member, keys) in enumerate(members):
        touched = {group_of[key] for key in keys if key in group_of}
        ids, all_keys = [member], set(keys)
        for other in touched:
            other_ids, other_keys = groups.pop(other)
            ids += other_ids
            all_keys |= other_keys
        groups[number] = ids, all_keys
        for key in all_keys:
            group_of[key] = number
    return [sorted(ids) for ids, _ in groups.values()]


def _customer(group: list[Json], ghosts: list[str], plan: TruthPlan, tag_name: Callable[[str], str | None]) -> Json:
    ranked = sorted(
        sorted(group, key=lambda contact: str(contact["id"]), reverse=True),
        key=lambda contact: (contact["role"] != "user", -(seconds(contact["updated_at"]) or 0)),
    )
    attributes: Json = {}
    for contact in ranked:
        for name, value in contact["custom_attributes"].items():
            if value is not None and value != "":
                attributes.setdefault(name, value)
    values, unmapped = sort_out(attributes, plan.rules("customer"))
    for name in ("created_at", "updated_at"):
        for contact in ranked:
            if contact[name] is not None and seconds(contact[name]) is None:
                unmapped.setdefault(name, contact[name])
    email = next((contact["email"].strip() for contact in ranked if _normal(contact["email"])), None)
    emails = {_normal(contact["email"]) for contact in ranked} - {"", _normal(email)}
    merged = [entry["source_contact_id"] for contact in ranked for entry in contact["merge_history"]]
    tags = {tag_name(tag["id"]) for contact in ranked for tag in contact["tags"]["data"]} - {None}
    firms = {company["id"] for contact in ranked for company in contact["companies"]["data"]}
    created = [at for contact in ranked if (at := seconds(contact["created_at"])) is not None]
    updated = [at for contact in ranked if (at := seconds(contact["updated_at"])) is not None]
    return {
        "id": f"customer:{min(contact['id'] for contact in ranked)}",
        "name": next((_clean(unescape(contact["name"])) for contact in ranked if contact["name"]), None),
        "email": email,
        "email_aliases": sorted(emails),
        "phone": next((contact["phone"] for contact in ranked if contact["phone"]), None),
        "external_ids": sorted({contact["external_id"] for contact in ranked if contact["external_id"]}),
        "intercom_ids": sorted({*(contact["id"] for contact in ranked), *merged, *ghosts}),
        "can_sign_in": ranked[0]["role"] == "user",
        "placeholder": False,
        "company_ids": unordered([f"company:{firm}" for firm in sorted(firms)]),
        "tags": sorted(tag for tag in tags if tag),
        "notes": [],
        "custom_fields": values,
        "unmapped": unmapped,
        "created_at": time_text(min(created, default=None)),
        "updated_at": time_text(max(updated, default=None)),
    }


def _placeholder(group: list[str], sightings: Sightings) -> Json:
    seen = [sightings.contacts[contact] for contact in group]
    name = max(seen, key=lambda sighting: sighting.named_at).name
    email = max(seen, key=lambda sighting: sighting.mailed_at).email
    return {
        "id": f"customer:{min(group)}",
        "name": _clean(name),
        "email": email,
        "email_aliases": [],
        "phone": None,
        "external_ids": [],
        "intercom_ids": sorted(group),
        "can_sign_in": False,
        "placeholder": True,
        "company_ids": [],
        "tags": [],
        "notes": [],
        "custom_fields": {},
        "unmapped": {},
        "created_at": None,
        "updated_at": None,
    }


def _clean(text: str | None) -> str | None:
    return text.replace("\0", "\ufffd") if text else None
