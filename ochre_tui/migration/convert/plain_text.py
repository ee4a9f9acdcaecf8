"""The plain-text form of a body, written from the events of its sanitised HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ochre_tui.intercom.models import decoded

_BLOCK_TAGS = "p div h1 h2 h3 h4 h5 h6 ul ol li blockquote pre table tr hr"
BLOCKS = frozenset(_BLOCK_TAGS.split())

# Every element of HTML that people's words may hold by accident is none of these: <order 12>, <ada@example.com>.
_INLINE = "a abbr b bdi bdo big cite code em font i kbd label mark s small span strike strong sub sup tt u wbr"
_ELEMENTS = (
    "acronym address applet area article aside audio base basefont blockquote body br button canvas caption center col "
    "colgroup data datalist dd del details dfn dialog dir div dl dt embed fieldset figcaption figure footer form frame "
    "frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe img input ins legend li link main map menu meta "
    "meter nav noframes noscript object ol optgroup option output p picture pre progress q rp rt ruby samp script "
    "section select source style summary svg table tbody td template textarea tfoot th thead time title tr track ul "
    "var video"
)
_NAMES = "|".join(f"{_INLINE} {_ELEMENTS}".split())
_MARKUP = re.compile(
    r"<(?P<silent>script|style)\b[^>]*>.*?</(?P=silent)\s*>|<!--.*?-->"
    rf"|</?(?:(?P<inline>{'|'.join(_INLINE.split())})|{_NAMES})(?=[\s/>])[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)

# Quotes and lists deeper than this are not indented further: the margins would outgrow the text.
_DEEPEST_MARGIN = 30
_SILENT_SCHEMES = ("mailto:", "tel:", "attachment:")


def has_markup(text: str) -> bool:
    """Whether `text` holds elements of HTML."""
    return _MARKUP.search(text) is not None


def title_text(text: str) -> str:
    """A title as plain text: elements of HTML taken off, entities decoded once."""
    plain = _MARKUP.sub(lambda tag: "" if tag["inline"] else " ", text)
    return decoded(plain if plain == text else " ".join(plain.split()))


@dataclass(slots=True)
class _Margin:
    """What an enclosing element puts before its first line and before its other lines."""

    first: str
    rest: str

    def take(self) -> str:
        text, self.first = self.first, self.rest
        return text


@dataclass(slots=True)
class _Link:
    href: str
    lines: int
    pieces: int


class TextForm:
    """Takes elements and text in document order, elements properly nested, and gives the lines.

    Blocks stand on lines of their own, white space collapses but in `pre`, empty lines are dropped.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._margins: list[_Margin] = []
        self._counters: list[int | None] = []
        self._links: list[_Link | None] = []
        self._cells: list[int] = []
        self._in_cell = 0
        self._in_pre = 0

    def text(self, text: str) -> None:
        self._line.append(text)

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "br":
            self._break_soft()
        elif tag == "a":
            href = attributes.get("href")
            self._links.append(_Link(href, len(self._lines), len(self._line)) if href else None)
        elif tag in {"td", "th"}:
            self._open_cell()
        elif tag in BLOCKS:
            self.end_line()
            self._open_block(tag, attributes)

    def close(self, tag: str) -> None:
        if tag == "a":
            self._close_link()
        elif tag in {"td", "th"}:
            self._in_cell -= 1
        elif tag in BLOCKS:
            self.end_line()
            self._close_block(tag)

    def end_line(self) -> None:
        """What a plain block does at either end; in a table's cell, whose row is one line, only a blank."""
        if self._in_cell:
            self._line.append(" ")
            return
        if not self._line:
            return
        text = "".join(self._line)
        self._line.clear()
        if self._in_pre:
            for line in text.removesuffix("\n").split("\n"):
                self._lines.append(self._prefix() + line)
        elif text := " ".join(text.split()):
            self._lines.append(self._prefix() + text)

    def result(self) -> str:
        self.end_line()
        return "\n".join(self._lines).strip("\n")

    def _open_block(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "hr":
            self._line.append("---")
            self.end_line()
        elif tag == "blockquote":
            self._margin("> ", "> ")
        elif tag in {"ul", "ol"}:
            self._counters.append(_start(attributes) if tag == "ol" else None)
        elif tag == "li":
            self._margin(self._marker(), "  ")
        elif tag == "pre":
            self._in_pre += 1
        elif tag == "tr":
            self._cells.append(0)

    def _close_block(self, tag: str) -> None:
        if tag in {"blockquote", "li"}:
            self._margins.pop()
        elif tag in {"ul", "ol"}:
            self._counters.pop()
        elif tag == "pre":
            self._in_pre -= 1
        elif tag == "tr":
            self._cells.pop()

    def _open_cell(self) -> None:
        self._in_cell += 1
        if self._cells:
            if self._cells[-1]:
                self._line.append(" | ")
            self._cells[-1] += 1

    def _margin(self, first: str, rest: str) -> None:
        if self._in_cell:
            self._line.append(first)
            first = rest = ""
        if len(self._margins) >= _DEEPEST_MARGIN:
            first = rest = ""
        self._margins.append(_Margin(first, rest))

    def _marker(self) -> str:
        count = self._counters[-1] if self._counters else None
        if count is None:
            return "- "
        self._counters[-1] = count + 1
        return f"{count}. "

    def _close_link(self) -> None:
        link = self._links.pop()
        if link is None or link.href.lower().startswith(_SILENT_SCHEMES):
            return
        if len(self._lines) == link.lines:
            text = " ".join("".join(self._line[link.pieces :]).split())
            if text in {"", link.href}:
                return
        self._line.append(f" ({link.href})")

    def _break_soft(self) -> None:
        if self._in_pre and not self._in_cell:
            self._line.append("\n")
        else:
            self.end_line()

    def _prefix(self) -> str:
        return "".join([margin.take() for margin in self._margins]) if self._margins else ""


def _start(attributes: dict[str, str]) -> int:
    try:
        return int(attributes.get("start", "1"))
    except ValueError:
        return 1
