"""What the screen is for and every key that works on it, grouped."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap
from typing import Final

from textual.binding import ActiveBinding
from textual.content import Content

from ochre_tui.widgets.dialogs import MessageDialog

_KEYS_WIDTH: Final = 14
_WORDS_WIDTH: Final = 52


class HelpDialog(MessageDialog):
    """The help of a screen; its text and its bindings are the data."""

    def __init__(self, title: str, about: str, bindings: Iterable[ActiveBinding]) -> None:
        super().__init__(f"Help: {title}", _help(about, list(bindings)))


def _help(about: str, bindings: list[ActiveBinding]) -> Content:
    of_screen = [binding for binding in bindings if not _everywhere(binding)]
    everywhere = [binding for binding in bindings if _everywhere(binding)]
    parts = [Content(about)] if about else []
    for title, group in (("Here", of_screen), ("Everywhere", everywhere)):
        lines = list(_lines(group))
        if lines:
            parts.append(Content("\n").join([Content.styled(title, "bold"), *lines]))
    return Content("\n\n").join(parts)


def _everywhere(active: ActiveBinding) -> bool:
    return (active.binding.id or "").startswith("app.")


def _lines(group: Iterable[ActiveBinding]) -> Iterable[Content]:
    keys: dict[str, list[str]] = {}
    words: dict[str, str] = {}
    for active in group:
        binding = active.binding
        if not (binding.show or binding.tooltip):
            continue  # what any such widget does: move, press, scroll
        keys.setdefault(binding.action, []).append(binding.key_display or _key_name(binding.key))
        words.setdefault(binding.action, binding.tooltip or binding.description)
    for action, names in keys.items():
        for number, line in enumerate(wrap(words[action], _WORDS_WIDTH)):
            keys_of = "" if number else ", ".join(names)
            yield Content.assemble((f"  {keys_of:{_KEYS_WIDTH}}", "bold $text-accent"), line)


def _key_name(key: str) -> str:
    return {"question_mark": "?", "slash": "/", "plus": "+", "minus": "-"}.get(key, key.replace("ctrl+", "^"))
