"""Macros to saved replies."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

from ochre_tui.intercom.models import Macro, scrub
from ochre_tui.migration.convert import ids
from ochre_tui.migration.convert.bodies import Body, read_body
from ochre_tui.migration.convert.context import SKIP, Lookups
from ochre_tui.ochre.records import SavedReply, Scope

_NO_NAME = "(no name)"


def convert_macro(macro: Macro, lookups: Lookups) -> SavedReply:
    """The saved reply for a macro, placeholders in Ochre's words."""
    placeholders = Placeholders(lookups)
    body = _body(macro, placeholders)
    return SavedReply(
        id=ids.saved_reply_id(lookups.workspace, macro.id),
        title=macro.name or _NO_NAME,
        body_html=body.html({}),
        body_text=body.text,
        intercom_id=macro.id,
        visibility=_visibility(macro, lookups),
        unknown_placeholders=tuple(sorted(placeholders.unknown)),
    )


def _body(macro: Macro, placeholders: Placeholders) -> Body:
    """The body; a saved reply has no attachments, its images become links."""
    if macro.body:
        return read_body(placeholders.in_html(scrub(macro.body)), None)
    lines = placeholders.in_text(scrub(macro.body_text or "")).splitlines()
    return read_body("".join([f"<p>{escape(line, quote=False)}</p>" for line in lines]), None)


def _visibility(macro: Macro, lookups: Lookups) -> str:
    """ "everyone", or "team: " and the names of the teams that may use it."""
    if macro.visible_to in {None, "everyone"}:
        return "everyone"
    return "team: " + ", ".join(lookups.teams.get(team, team) for team in macro.visible_to_team_ids)


_PEOPLE = ("user", "contact")
_STAFF = ("teammate", "admin")
_PLAIN = {
    **{
        f"{who}.{what}": f"customer.{what}"
        for who in _PEOPLE
        for what in ("first_name", "last_name", "name", "email", "phone")
    },
    **{f"{who}.{what}": f"agent.{what}" for who in _STAFF for what in ("name", "first_name", "email")},
    "company.name": "company.name",
    "conversation.id": "conversation.id",
}
_SCOPES: dict[str, Scope] = {
    "user": "customer",
    "contact": "customer",
    "company": "company",
    "conversation": "conversation",
}

_ELEMENT = re.compile(
    r"<attribute((?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*/?>(?:\s*</attribute>)?", re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_BRACES = re.compile(
    r"\{\{\s*(?P<key>[^{}|<>]+?)\s*"
    r"(?:\|\s*fallback:\s*(?P<quote>&quot;|&\#39;|&\#x27;|[\"'])(?P<fallback>[^{}<>]*?)(?P=quote)\s*)?\}\}"
)


class Placeholders:
    """Converts the placeholders of one macro; `unknown` gathers the keys that Ochre has nothing for."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups
        self.unknown: set[str] = set()

    def in_html(self, html: str) -> str:
        """`html` with Ochre's placeholders; those that are unknown stay, `attribute` elements in braces."""
        html = _ELEMENT.sub(self._element, html)
        return _BRACES.sub(lambda match: self._braces(match, unescape, lambda text: escape(text, quote=True)), html)

    def in_text(self, text: str) -> str:
        """The same for plain text."""
        return _BRACES.sub(lambda match: self._braces(match, str, str), text)

    def _element(self, match: re.Match[str]) -> str:
        given = {name.lower(): unescape(double or single) for name, double, single in _ATTRIBUTE.findall(match[1])}
        key = given.get("key", "").strip()
        return escape(_written(key, given.get("default") or None), quote=True) if key else ""

    def _braces(self, match: re.Match[str], read: Callable[[str], str], write: Callable[[str], str]) -> str:
        key = read(match["key"])
        ochre_key = self._ochre_key(key)
        if ochre_key is None:
            self.unknown.add(key)
            return match[0]
        fallback = match["fallback"]
        return write(_written(ochre_key, read(fallback) if fallback is not None else None))

    def _ochre_key(self, key: str) -> str | None:
        if plain := _PLAIN.get(key):
            return plain
        owner, _, name = key.partition(".")
        scope = _SCOPES.get(owner)
        if scope is None:
            return None
        name = name.removeprefix("custom_attributes.")
        rule = self._lookups.rules(scope).get(name)
        return f"{scope}.custom.{rule.key}" if rule and rule is not SKIP else None


def _written(key: str, fallback: str | None) -> str:
    return f'{{{{{key} | fallback: "{fallback}"}}}}' if fallback is not None else f"{{{{{key}}}}}"
