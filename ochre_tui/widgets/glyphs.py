"""The signs that go with a word, and their twins for terminals without UTF-8."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from textual.app import App

Mark: TypeAlias = Literal[
    "done", "here", "open", "closed", "warning", "failed", "waiting", "paused", "to", "bar", "next"
]

_MARKS: Final[dict[Mark, tuple[str, str]]] = {
    "done": ("✓", "+"),
    "here": ("●", "*"),
    "open": ("○", "o"),
    "closed": ("·", "."),
    "warning": ("!", "!"),
    "failed": ("×", "x"),
    "waiting": ("…", "~"),
    "paused": ("‖", "="),
    "to": ("→", "->"),
    "bar": ("█", "#"),
    "next": ("›", ">"),
}
ASCII_CLASS: Final = "-ascii"
"""The class that the app has where the terminal can't show more."""


def mark(app: App[object], name: Mark) -> str:
    """The sign, as this terminal can show it."""
    return _MARKS[name][app.has_class(ASCII_CLASS)]
