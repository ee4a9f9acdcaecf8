"""Placeholders in macros: Intercom's two ways to write them, and Ochre's."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

from ochre_tui.migration.convert.context import SKIP, Lookups
from ochre_tui.ochre.records import Scope

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
