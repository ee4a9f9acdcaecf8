"""The companies that the contacts work for; each follows from its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ochre_tui.sandbox.world.random import generator, mixed, pick
from ochre_tui.sandbox.world.words import FIRM_FORMS, FIRM_HEADS, FIRM_TAILS, INDUSTRIES, escaped_name

Json = dict[str, Any]

PLANS = ("Starter", "Growth", "Enterprise")
_LAST_HIDDEN = 200


@dataclass(frozen=True, slots=True)
class Companies:
    """`count` companies; the scroll leaves out every eleventh of the first 200, which other records name."""

    seed: int
    app: str
    count: int
    start: int
    tags: dict[str, str]

    def id(self, number: int) -> str:
        return f"{self.start + number:08x}{mixed(self.seed, 21, number) & 0xFFFFFFFFFF:010x}{number:06x}"

    def number(self, company_id: str) -> int | None:
        if len(company_id) != 24:
            return None
        try:
            number = int(company_id[-6:], 16)
        except ValueError:
            return None
        return number if number < self.count and self.id(number) == company_id else None

    def in_scroll(self, number: int) -> bool:
        return number % 11 != 9 or number > _LAST_HIDDEN

    def hidden(self, number: int) -> int:
        """One of the companies that no list shows."""
        return 9 + number % max(1, (min(self.count, _LAST_HIDDEN) + 1) // 11) * 11

    @property
    def with_people(self) -> int:
        """The first so many have people; the last tenth has nobody."""
        return self.count * 9 // 10

    def of_contact(self, contact: int) -> int:
        """The company that a contact works for."""
        return mixed(self.seed, 22, contact) % self.with_people

    def domain(self, number: int) -> str:
        return f"firm{number}.example"

    def name(self, number: int) -> str:
        place = mixed(self.seed, 23, number)
        tail = FIRM_TAILS[place // 64 % len(FIRM_TAILS)]
        return f"{FIRM_HEADS[place % len(FIRM_HEADS)]} {tail} {FIRM_FORMS[place // 4096 % len(FIRM_FORMS)]}"

    def company(self, number: int) -> Json:
        """The full company; what is not set is absent, as with Intercom."""
        rng = generator(self.seed, 24, number)
        created = self.start + number
        tags = sorted({pick(rng, list(self.tags)) for _ in range(number % 3)})
        row: Json = {
            "type": "company",
            "id": self.id(number),
            "company_id": f"acct-{number}",
            "app_id": self.app,
            "name": escaped_name(self.name(number)),
            "remote_created_at": created - 86_400,
            "created_at": created,
            "updated_at": created + rng.randrange(1, 90_000_000),
            "session_count": rng.randrange(0, 5000),
            "user_count": rng.randrange(0, 40),
            "custom_attributes": _attributes(rng, number),
            "tags": {"type": "tag.list", "tags": [{"type": "tag", "id": tag, "name": self.tags[tag]} for tag in tags]},
            "segments": {"type": "segment.list", "segments": []},
            "notes": {"type": "note.list", "notes": []},
            "plan": {},
        }
        if number % 3:
            row["plan"] = {"type": "plan", "id": str(number % 3), "name": PLANS[number % 3]}
            row["monthly_spend"] = rng.randrange(0, 9000)
        if number % 4 == 1:
            row["monthly_spend"] = rng.randrange(0, 900_000) / 100
        if number % 2:
            row["website"] = f"https://{self.domain(number)}/about?a=1&b=2"
            row["industry"] = pick(rng, INDUSTRIES)
        if number % 5:
            row["size"] = rng.randrange(1, 20_000)
            row["last_request_at"] = created + 1000
        if number % 13 == 5:
            row["created_at"] = created * 1000
        if number % 17 == 6:
            row["updated_at"] = -1
        return row


def _attributes(rng: Any, number: int) -> Json:
    if number % 10 == 3:
        return {"Region": "emea", "Contract value": "12.5", "Fleet size": "lots", "Is partner": "no", "Renews at": None}
    if number % 10 == 7:
        return {"Region": "Antarctica", "Plan Tier": 3.5, "Old CRM key": f"K{number}", "unknown_key": {"a": [1, 2]}}
    return {
        "Region": pick(rng, ("EMEA", "Americas", "APAC")),
        "Contract value": rng.randrange(0, 9_000_000) / 100,
        "Fleet size": rng.randrange(0, 400),
        "Is partner": rng.random() < 0.2,
        "Renews at": 1_800_000_000 + number * 86_400,
        "Plan Tier": pick(rng, ("gold", "silver", "")),
    }
