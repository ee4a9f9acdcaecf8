"""The lines that a correct import exports, file by file (contract section 5), ids in symbols."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable
from html import escape, unescape
from typing import Any, Final

from ochre_tui.sandbox.truth.marks import ANY, TEXT, one_of, unordered
from ochre_tui.sandbox.truth.people import company_ids, customers
from ochre_tui.sandbox.truth.plan import TruthPlan
from ochre_tui.sandbox.truth.sightings import Sightings, conversations, gather
from ochre_tui.sandbox.truth.threads import Directory, Person, thread
from ochre_tui.sandbox.truth.values import sort_out, time_or_rest
from ochre_tui.sandbox.world import World
from ochre_tui.sandbox.world.macros import Macro, Slot

Json = dict[str, Any]

_CUSTOMER_SLOTS: Final = ("first_name", "last_name", "name", "email", "phone")
_AGENT_SLOTS: Final = ("name", "first_name", "email")


def expected_export(world: World, plan: TruthPlan) -> dict[str, list[Json]]:
    """The expected lines by file name, `workspace.json` aside.

    Ids are symbols: `conversation:<id>`, `customer:<lowest contact id>`, `user:<e-mail or admin id>`, `user:bot`,
    `message:<conversation>:<source id>:<occurrence>`, `attachment:<message>:<path>`, `company:<id>`, `tag:<name>`,
    `saved_reply:<macro id>`, `field:<scope>:<key>`. What is the importer's choice is marked (see `marks`).
    """
    sightings = gather(world)
    names = _tag_names(world, sightings)
    people = customers(world, plan, sightings, names.get)
    team, staff = _team(world, plan, sightings)
    directory = Directory(
        customers={
            contact: Person(line["id"], line["name"], line["email"])
            for line in people
            for contact in line["intercom_ids"]
        },
        staff=staff,
        teams=dict(world.staff.teams),
        tags=names,
        fields=plan.rules("conversation"),
        read=world.file,
    )
    lines: dict[str, list[Json]] = {
        "team.jsonl": team,
        "customers.jsonl": people,
        "companies.jsonl": _companies(world, plan, sightings, names.get),
        "custom_fields.jsonl": _fields(plan),
        "tags.jsonl": _tags(names),
        "saved_replies.jsonl": [_saved_reply(world, plan, macro) for macro in world.macro_sources()],
        "conversations.jsonl": [],
        "messages.jsonl": [],
        "attachments.jsonl": [],
        "aliases.jsonl": [
            _alias("intercom_contact", contact, customer=line["id"])
            for line in people
            for contact in line["intercom_ids"]
        ],
    }
    for conversation in conversations(world):
        line, messages, attachments = thread(conversation, directory)
        lines["conversations.jsonl"].append(line)
        lines["messages.jsonl"] += messages
        lines["attachments.jsonl"] += attachments
        lines["aliases.jsonl"].append(_alias("intercom_conversation", conversation.row.id, conversation=line["id"]))
    return lines


def _alias(kind: str, value: str, *, conversation: str | None = None, customer: str | None = None) -> Json:
    return {"kind": kind, "value": value, "conversation_id": conversation, "customer_id": customer}


def _tag_names(world: World, sightings: Sightings) -> dict[str, str]:
    raw = {**sightings.tags, **{tag["id"]: tag["name"] for tag in world.tags()}}
    return {tag: unicodedata.normalize("NFC", unescape(name).strip()) for tag, name in raw.items()}


def _tags(names: dict[str, str]) -> list[Json]:
    ids: dict[str, list[str]] = defaultdict(list)
    for tag, name in names.items():
        ids[name].append(tag)
    return [{"id": f"tag:{name}", "name": name, "intercom_ids": unordered(tags)} for name, tags in ids.items()]


def _team(world: World, plan: TruthPlan, sightings: Sightings) -> tuple[list[Json], dict[str, Person]]:
    """The lines of team.jsonl, and who each admin id is."""
    matched: dict[str, list[str]] = defaultdict(list)
    staff: dict[str, Person] = {}
    lines: list[Json] = []
    listed = {admin.id: admin for admin in world.staff.admins}
    users = {member.email: member for member in plan.team}
    for admin_id in {**listed, **sightings.admins}:
        admin, user = listed.get(admin_id), plan.admins.get(admin_id)
        if user is not None:
            matched[user].append(admin_id)
            given = admin.email if admin else None
            staff[admin_id] = Person(f"user:{user.casefold()}", users[user].name, user, True, given)
            continue
        seen = sightings.admins.get(admin_id)
        name = admin.name if admin else seen.name if seen else None
        email = (admin.email if admin else seen.email if seen else None) or None
        role = plan.invited.get(admin_id)
        symbol = f"user:{email.casefold()}" if role and email else f"user:{admin_id}"
        staff[admin_id] = Person(symbol, name, email, role is not None, email)
        lines.append(_user(symbol, email, name, role, "invited" if role else "historical", [admin_id]))
    for member in plan.team:
        symbol = f"user:{member.email.casefold()}"
        lines.append(_user(symbol, member.email, member.name, member.role, "active", matched[member.email]))
    bot = _user("user:bot", ANY, "Intercom Bot", ANY, ANY, ANY)
    lines.append({**bot, "is_bot": True, "hidden_from_reports": True})
    return lines, staff


def _user(symbol: str, email: Any, name: str | None, role: Any, state: Any, admins: Any) -> Json:
    return {
        "id": symbol,
        "email": email,
        "name": name,
        "role": role,
        "state": state,
        "intercom_admin_ids": unordered(admins) if isinstance(admins, list) else admins,
        "is_bot": False,
        "hidden_from_reports": False,
    }


def _fields(plan: TruthPlan) -> list[Json]:
    return [
        {
            "id": f"field:{scope}:{rule.key}",
            "scope": scope,
            "key": rule.key,
            "label": TEXT,
            "type": rule.type,
            "options": list(rule.options),
            "source_name": name,
        }
        for (scope, name), rule in plan.fields.items()
        if rule is not None
    ]


def _companies(
    world: World, plan: TruthPlan, sightings: Sightings, tag_name: Callable[[str], str | None]
) -> list[Json]:
    named = company_ids(world) | sightings.companies
    lines = []
    for company_id in world.company_ids():
        company = world.company(company_id)
        if company is not None and (company_id in named or world.company_in_scroll(company_id)):
            lines.append(_company(company, plan, tag_name))
    return lines


def _company(company: Json, plan: TruthPlan, tag_name: Callable[[str], str | None]) -> Json:
    values, unmapped = sort_out(company["custom_attributes"], plan.rules("company"))
    return {
        "id": f"company:{company['id']}",
        "name": unescape(company["name"]),
        "intercom_id": company["id"],
        "company_id": company["company_id"],
        "website": company.get("website"),
        "industry": company.get("industry"),
        "size": company.get("size"),
        "plan": company["plan"].get("name"),
        "monthly_spend": company.get("monthly_spend"),
        "tags": sorted({name for tag in company["tags"]["tags"] if (name := tag_name(tag["id"]))}),
        "notes": [],
        "custom_fields": values,
        "created_at": time_or_rest(company["created_at"], "created_at", unmapped),
        "updated_at": time_or_rest(company["updated_at"], "updated_at", unmapped),
        "unmapped": unmapped,
    }


def _saved_reply(world: World, plan: TruthPlan, macro: Macro) -> Json:
    slots = [piece for line in macro.lines for piece in line if isinstance(piece, Slot)]
    unknown = {slot.key for slot in slots if _ochre_key(slot.key, plan) is None}
    lines = ["".join(_words(piece, plan) for piece in line) for line in macro.lines]
    teams = [world.staff.teams[team][1] for team in macro.teams]
    html = "".join(f"<p>{escape(line, quote=False)}</p>" for line in lines)
    text = "\n".join(line for line in lines if line)
    return {
        "id": f"saved_reply:{macro.id}",
        "title": macro.name,
        "body_html": html if text else one_of(html, "", None),
        "body_text": text if text else one_of("", None),
        "intercom_id": macro.id,
        "visibility": f"team: {', '.join(teams)}" if teams else "everyone",
        "unknown_placeholders": unordered(sorted(unknown)),
    }


def _words(piece: str | Slot, plan: TruthPlan) -> str:
    if isinstance(piece, str):
        return piece
    key = _ochre_key(piece.key, plan) or piece.key
    return f"{{{{{key}}}}}" if piece.fallback is None else f'{{{{{key} | fallback: "{piece.fallback}"}}}}'


def _ochre_key(key: str, plan: TruthPlan) -> str | None:
    """Ochre's name for a placeholder; None for one that it does not know."""
    owner, _, name = key.partition(".")
    if key in ("company.name", "conversation.id"):
        return key
    if owner in ("user", "contact") and name in _CUSTOMER_SLOTS:
        return f"customer.{name}"
    if owner in ("teammate", "admin") and name in _AGENT_SLOTS:
        return f"agent.{name}"
    scope = {"user": "customer", "contact": "customer"}.get(owner, owner)
    rule = plan.rules(scope).get(name)
    return f"{scope}.custom.{rule.key}" if rule else None
