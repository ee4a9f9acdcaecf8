"""The contacts: users and leads, those that share an e-mail or an external id, merged ones and vanished ones.

Every contact follows from its number, so none has to be kept. Numbers count up in the order of creation; the kinds
repeat in a fixed pattern, because a twin has to follow the contact it is a twin of.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from ochre_tui.sandbox.world.companies import Companies
from ochre_tui.sandbox.world.random import digest, generator, mixed, pick
from ochre_tui.sandbox.world.words import CITIES, LOGINS, PEOPLE, escaped_name

Json = dict[str, Any]

PATTERN: Final[tuple[str, ...]] = (
    "user", "user", "lead", "user", "lead_twin", "user", "many_tags", "user", "user", "external_twin", "lead",
    "user", "many_companies", "user", "email_twin", "user", "merged", "emoji", "user", "user", "external_twin",
    "chain", "user", "lead_nameless", "user", "rtl", "user", "control", "user", "long_name", "lead_no_email", "user",
    "user", "milliseconds", "user", "negative", "user", "null_times", "user", "huge", "misfits", "user", "many_notes",
    "user", "user", "lead_twin", "attributes_odd", "user", "merged", "user", "user_no_email", "lead", "user",
)  # fmt: skip
NASTY_PATTERN: Final[tuple[str, ...]] = (*(kind for kind in PATTERN if kind != "user"), "user", "nul", "chain")
LEADS: Final = frozenset({"lead", "lead_twin", "external_twin", "lead_nameless", "lead_no_email"})
TWINS: Final = frozenset({"lead_twin", "external_twin", "email_twin", "chain"})
# Each of these costs a reader another request; a workspace has a few of them, however large it is.
LONG_LISTS: Final = frozenset({"many_tags", "many_companies"})
_FIRST_ONES: Final = 600

ARCHIVED, DELETED, MERGED = 0x900000, 0xA00000, 0xB00000


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a contact is, as far as messages repeat it."""

    id: str
    kind: str
    role: str
    name: str | None
    email: str | None
    external_id: str | None
    first: str


@dataclass(slots=True)
class People:
    seed: int
    app: str
    count: int
    start: int
    end: int
    companies: Companies
    tag_ids: list[str]
    nasty: bool = False
    _identities: dict[int, Identity] = field(default_factory=dict)

    def __hash__(self) -> int:
        return id(self)

    def created_at(self, number: int) -> int:
        """The day a contact turned up, spread over the history; vanished ones are as old as the oldest."""
        if number >= self.count:
            return self.start - 86_400 + number % 10_000
        span = self.end - self.start
        return self.start + (span * number + mixed(self.seed, 11, number) % span) // (self.count + 1)

    def id(self, number: int) -> str:
        tail = mixed(self.seed, 12, number) & 0xFFFFFFFFFF
        return f"{self.created_at(number) & 0xFFFFFFFF:08x}{tail:010x}{number:06x}"

    def number(self, contact_id: str) -> int | None:
        """The number behind an id; None where the id was never given out."""
        if len(contact_id) != 24:
            return None
        try:
            number = int(contact_id[-6:], 16)
        except ValueError:
            return None
        return number if self.id(number) == contact_id else None

    def kind(self, number: int) -> str:
        if number >= self.count:
            return "vanished"
        pattern = NASTY_PATTERN if self.nasty else PATTERN
        kind = pattern[(number + self.seed) % len(pattern)]
        if kind in LONG_LISTS and number >= _FIRST_ONES:
            return "user"
        return "user" if kind in TWINS and number == 0 else kind

    def identity(self, number: int) -> Identity:
        known = self._identities.get(number)
        if known is None:
            if len(self._identities) > 4096:
                self._identities.clear()
            known = self._identities[number] = self._identify(number)
        return known

    def merged_into(self, number: int) -> list[int]:
        """Numbers of the contacts that were merged into this one, oldest first."""
        return [MERGED + number * 2, MERGED + number * 2 + 1] if self.kind(number) == "merged" else []

    def winner(self, number: int) -> int | None:
        """The contact that a merged-away number now belongs to."""
        return (number - MERGED) // 2 if MERGED <= number < MERGED + self.count * 2 else None

    def contact(self, number: int) -> Json:
        """The full contact, with all of its tags, companies and notes in their lists."""
        who = self.identity(number)
        rng = generator(self.seed, 14, number)
        created = self.created_at(number)
        seen = min(self.end, created + int(rng.random() ** 2 * 60_000_000))
        created_at, updated_at = _times(who.kind, created, min(self.end, seen + 600))
        city, country, code = pick(rng, CITIES)
        domain = who.email.strip().rsplit("@", 1)[-1] if who.email else None
        return {
            "type": "contact",
            "id": who.id,
            "workspace_id": self.app,
            "external_id": who.external_id,
            "role": who.role,
            "email": who.email,
            "email_domain": domain,
            "phone": f"+{31 + number % 60}{rng.randrange(10**8, 10**9)}" if rng.random() < 0.4 else None,
            "name": escaped_name(who.name),
            "avatar": None,
            "owner_id": None,
            "has_hard_bounced": False,
            "marked_email_as_spam": False,
            "unsubscribed_from_emails": rng.random() < 0.1,
            "unsubscribed_from_sms": False,
            "sms_consent": False,
            "created_at": created_at,
            "updated_at": updated_at,
            "signed_up_at": created if who.role == "user" else None,
            "last_seen_at": seen,
            "last_replied_at": seen,
            "last_contacted_at": None,
            "last_email_opened_at": None,
            "last_email_clicked_at": None,
            "language_override": None,
            "browser": "chrome",
            "browser_version": "139.0",
            "browser_language": "en",
            "os": "Windows 11",
            "referrer": "https://harbourlight.example/pricing",
            "utm_campaign": None,
            "utm_content": None,
            "utm_medium": None,
            "utm_source": None,
            "utm_term": None,
            "location": {
                "type": "location",
                "country": country,
                "region": None,
                "city": city,
                "country_code": code,
                "continent_code": None,
            },
            "social_profiles": {"type": "list", "data": []},
            "custom_attributes": _attributes(who.kind, rng, number),
            "tags": _sublist(who.id, "tags", "tag", self._tags(who.kind, rng, number)),
            "companies": _sublist(who.id, "companies", "company", self._companies(who.kind, number)),
            "notes": _sublist(who.id, "notes", "note", [str(number * 20 + n) for n in range(_notes(who.kind, rng))]),
            "opted_out_subscription_types": _sublist(who.id, "subscriptions", "subscription", []),
            "opted_in_subscription_types": _sublist(who.id, "subscriptions", "subscription", []),
            "merge_history": [
                {
                    "type": "merge_history_item",
                    "source_contact_id": self.id(loser),
                    "source_contact_role": "lead",
                    "merged_at": created + 86_400,
                }
                for loser in self.merged_into(number)
            ],
        }

    def _identify(self, number: int) -> Identity:
        kind = self.kind(number)
        place = mixed(self.seed, 13, number)
        first, last = PEOPLE[place % len(PEOPLE)]
        email: str | None = (
            f"{LOGINS[place % len(LOGINS)]}{number}@{self.companies.domain(self.companies.of_contact(number))}"
        )
        external: str | None = f"usr_{10_000 + number}"
        name: str | None = f"{first} {last}"
        role = "lead" if kind in LEADS else "user"
        if role == "lead":
            external = None
        if kind in TWINS:
            before = self.identity(number - 1)
            email, external = _twin(kind, before, number, email, external)
            name = before.name if kind != "chain" else name
        elif kind == "vanished":
            name, email, external = self._vanished(number, f"{first} {last}", email)
            role = "user" if place & 1 else "lead"
        name = _odd_name(kind, name)
        if kind in ("lead_no_email", "user_no_email"):
            email = None if number % 2 else ""
        if kind == "lead_nameless":
            name = None
        return Identity(self.id(number), kind, role, name, email, external, first)

    def _vanished(self, number: int, name: str, email: str | None) -> tuple[str | None, str | None, str | None]:
        """Some vanished people share the e-mail of somebody listed, or of each other; some left no e-mail."""
        winner = self.winner(number)
        if winner is not None:
            return name, self.identity(winner).email, None
        turn = number % 5
        if turn == 0:
            return name, (self.identity(number % self.count).email or "").upper() or None, None
        if turn in (1, 2):
            return name, f" Gone.{number // 5}@Vanished.example ", None
        if turn == 3:
            return name, email, None
        return None, None, None

    def _tags(self, kind: str, rng: Any, number: int) -> list[str]:
        if kind == "many_tags":
            return self.tag_ids[: 11 + number % 8]
        if rng.random() < 0.7:
            return []
        return sorted({pick(rng, self.tag_ids), pick(rng, self.tag_ids)})

    def _companies(self, kind: str, number: int) -> list[str]:
        firm = self.companies.of_contact(number)
        if kind == "many_companies":
            return [self.companies.id((firm + step) % self.companies.with_people) for step in range(11 + number % 4)]
        if kind in ("lead", "lead_no_email"):
            return []
        if number % 9 == 4:
            return [self.companies.id(firm), self.companies.id(self.companies.hidden(number))]
        return [self.companies.id(firm)]


def _twin(
    kind: str, before: Identity, number: int, email: str | None, external: str | None
) -> tuple[str | None, str | None]:
    if kind == "external_twin":
        return email, before.external_id
    if kind == "lead_twin":
        return f" {(before.email or '').swapcase()}  " if before.email else email, None
    return (before.email or email), external


def _odd_name(kind: str, name: str | None) -> str | None:
    match kind:
        case "emoji":
            return f"🦊 {name} 👩🏽‍🚀"
        case "rtl":
            return f"\u202e{name}\u202c \u200fعميل"
        case "control":
            return f"{name}\x07\x1b[31m red\u0085"
        case "nul":
            return f"{name}\x00!"
        case "long_name":
            return f"{name} " + "von und zu " * 22 + "Ende"
        case _:
            return name


def _times(kind: str, created: int, updated: int) -> tuple[int | None, int | None]:
    match kind:
        case "milliseconds":
            return created * 1000, updated * 1000
        case "negative":
            return -created, updated
        case "null_times":
            return None, None
        case "huge":
            return created, 64_654_125_776
        case _:
            return created, updated


def _notes(kind: str, rng: Any) -> int:
    return 12 if kind == "many_notes" else int(rng.random() < 0.1)


def _attributes(kind: str, rng: Any, number: int) -> Json:
    if kind == "misfits":
        return {
            "Plan Tier": "Platinum",
            "Seats": "plenty",
            "MRR": "n/a",
            "Beta tester": "perhaps",
            "Renewal date": "soon",
            "Account manager": {"name": "Ana"},
            "Favourite colour 🎨": ["red", "blue"],
        }
    if kind == "attributes_odd":
        return {
            "Plan Tier": "PRO",
            "Seats": "12",
            "MRR": "-12.50",
            "Beta tester": "TRUE",
            "Renewal date": "2025-02-28T23:30:00+02:00",
            "Account manager": 42,
            "Favourite colour 🎨": False,
            "Legacy id": f"L-{number}",
            "sync_source": "salesforce",
        }
    values: Json = {"Plan Tier": pick(rng, ("free", "pro", "Enterprise", "")), "Seats": rng.randrange(0, 250)}
    if number % 2:
        values["MRR"] = rng.randrange(0, 900_000) / 100
        values["Beta tester"] = rng.random() < 0.3
    if number % 3 == 0:
        values["Renewal date"] = 1_790_000_000 + rng.randrange(0, 30_000_000)
        values["Account manager"] = pick(rng, ("Ana Silva", "Ben O'Connor", "", None))
    if number % 5 == 0:
        values["Favourite colour 🎨"] = pick(rng, ("teal", "ochre 🟤", "grün"))
        values["Renewal date"] = "2026-03-31"
    if number % 7 == 0:
        values["Legacy id"] = str(number)
        values["sync_source"] = pick(rng, ("hubspot", 7, True, None))
    return values


def _sublist(contact_id: str, name: str, kind: str, ids: list[str]) -> Json:
    return {
        "type": "list",
        "data": [
            {"id": row, "type": kind, "url": f"/{'companies' if kind == 'company' else name}/{row}"} for row in ids
        ],
        "url": f"/contacts/{contact_id}/{name}",
        "total_count": len(ids),
        "has_more": False,
    }


@lru_cache(maxsize=1)
def note_author() -> Json:
    return {"type": "admin", "id": "1", "name": "Ana Silva", "email": "ana.silva@harbourlight.example"}


def note_json(people: People, note_id: str) -> Json:
    number = int(note_id) // 20
    return {
        "type": "note",
        "id": note_id,
        "created_at": people.created_at(number) + 1000,
        "contact": {"type": "contact", "id": people.id(number)},
        "author": note_author(),
        "body": f"<p>Prefers to be called in the morning ({digest(note_id)[:4]}).</p>",
    }
