"""Macros: saved replies with placeholders, in both of Intercom's spellings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any, Final

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Slot:
    """A placeholder such as `user.first_name`, with the words to use where it has no value."""

    key: str
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class Macro:
    """`lines` are paragraphs of text and slots; `teams` are places in the list of teams, empty for everyone."""

    id: str
    name: str
    lines: tuple[tuple[str | Slot, ...], ...]
    updated_at: int
    teams: tuple[int, ...] = ()


_MACROS: Final[tuple[tuple[str, tuple[tuple[str | Slot, ...], ...], tuple[int, ...]], ...]] = (
    (
        "Greeting",
        (("Hi ", Slot("user.first_name", "there"), ","), ("thanks for reaching out to Harbourlight & Co!",)),
        (),
    ),
    (
        "Ask for invoice",
        (
            (
                "Hello ",
                Slot("user.name", "there"),
                ", which invoice is it? Numbers look like HL-12345.",
            ),
        ),
        (),
    ),
    (
        "Refund sent",
        (
            ("Dear ", Slot("contact.last_name"), ","),
            ("we refunded it to the account of ", Slot("company.name", "your company"), "."),
            ("Your reference: ", Slot("conversation.id")),
            (Slot("teammate.first_name"), " / ", Slot("admin.email")),
        ),
        (0,),
    ),
    (
        "Plan check",
        (("You are on ", Slot("user.Plan Tier", "free"), " in ", Slot("company.Region", "?"), "."),),
        (),
    ),
    ("Call back", (("We call you at ", Slot("contact.phone", "your number"), " (", Slot("user.email"), ")."),), (1, 2)),
    ("Unknown placeholder", (("Your order ", Slot("order.number"), " left from ", Slot("warehouse.city"), "."),), ()),
    (
        "Adresse ändern",
        (("Guten Tag ", Slot("user.last_name"), ", die Größe < 5 MB passt. Grüße, ", Slot("teammate.name")),),
        (),
    ),
    ("Internal only", (("Escalate to engineering: <HL-1> & \u201cnow\u201d",),), (3,)),
    ("  Spaces in the name ", (("ok",),), ()),
    ("Empty", ((),), ()),
)


def make_macros(seed: int, end: int) -> list[Macro]:
    base = 590_000 + seed % 1000 * 100
    return [
        Macro(str(base + number), name, lines, end - 86_400 * (number + 1), teams)
        for number, (name, lines, teams) in enumerate(_MACROS)
    ]


def added_macro(seed: int, turn: int, at: int) -> Macro:
    lines = (("Hi ", Slot("user.first_name", "there"), f", this is saved reply {turn}."),)
    return Macro(str(595_000 + seed % 1000 * 100 + turn), f"New macro {turn}", lines, at)


def macro_json(macro: Macro, team_ids: list[str]) -> Json:
    return {
        "type": "macro",
        "id": macro.id,
        "name": macro.name,
        "body": "".join(f'<p class="no-margin">{"".join(map(_tag, line))}</p>' for line in macro.lines),
        "body_text": "\n".join("".join(map(_braces, line)) for line in macro.lines),
        "created_at": _iso(macro.updated_at - 10_000),
        "updated_at": _iso(macro.updated_at),
        "visible_to": "specific_teams" if macro.teams else "everyone",
        "visible_to_team_ids": [team_ids[team] for team in macro.teams],
        "available_on": ["inbox", "messenger"],
    }


def _tag(piece: str | Slot) -> str:
    if isinstance(piece, str):
        return escape(piece, quote=False)
    default = "" if piece.fallback is None else f' default="{escape(piece.fallback)}"'
    return f'<attribute key="{escape(piece.key)}"{default}/>'


def _braces(piece: str | Slot) -> str:
    if isinstance(piece, str):
        return piece
    return f"{{{{{piece.key}}}}}" if piece.fallback is None else f'{{{{{piece.key}|fallback:"{piece.fallback}"}}}}'


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
