"""Sanitising: HTML from outside to nothing but what is allowed, in a form that parses as it stands."""

from __future__ import annotations

import re
from html import escape, unescape

import nh3

from ochre_tui.ochre.html import ATTRIBUTES, DROPPED_TAGS, LINK_SCHEMES, TAGS

# Blocks that are not kept: they become `div`, so that their words stand apart; menus are lists. So does a table's
# caption become its first row.
_BLOCKS_WITHOUT_COUNTERPART = (
    "address article aside center details dialog dd dir dl dt fieldset figcaption figure footer form header hgroup "
    "legend listing main marquee menu nav search section summary"
)
_MEDIA = ("iframe", "video", "audio", "source")
_RENAMED = re.compile(rf"<(/?)(?:(dir|menu)|(listing)|{'|'.join(_BLOCKS_WITHOUT_COUNTERPART.split())})>")
_TAG = re.compile(r"<[/!?]?[a-z0-9]*")
# Media and `data:` images get this far: the reader turns them into links and files.
_CLEANER = nh3.Cleaner(
    tags=TAGS | {"caption"} | set(_BLOCKS_WITHOUT_COUNTERPART.split()) | set(_MEDIA),
    clean_content_tags=DROPPED_TAGS - {"iframe"},
    attributes={**ATTRIBUTES, "a": frozenset({"href", "title"}), **{media: frozenset({"src"}) for media in _MEDIA}},
    link_rel=None,
    url_schemes=LINK_SCHEMES | {"data"},
)
_MOST_PASSES = 5
# The parser's time grows with the square of the depth; no mail is nested like this.
_DEEPEST = 1000
_NESTING = re.compile(
    r"<(/?)(?!(?:br|hr|img|p|li|td|th|tr|wbr|input|meta|link|area|base|col|embed)\b)[a-z]", re.IGNORECASE
)
# What cleaning leaves as it is, told without parsing: words, in them marks that hold no others and links to plain
# addresses; all this in paragraphs, headings and lists of one level, or in none. Most messages are that.
_WORDS = r"[^<>&\r\0\xa0\ufeff\ud800-\udfff]++|&(?:amp|lt|gt|nbsp);"
_MARKS = "|".join([f"<{tag}>(?:{_WORDS}|<br>)*+</{tag}>" for tag in ("b", "strong", "i", "em", "u", "code")])
_HOST = r"(?:[a-z0-9]++(?:-[a-z0-9]++)*+\.)++[a-z]++"
_LINK = rf'<a href="https?://{_HOST}(?:/(?:[A-Za-z0-9_.,/~%?=:+-]|&amp;)*+)?">(?:{_WORDS})*+</a>'
_LINE = f"(?:{_WORDS}|<br>|{_MARKS}|{_LINK})"
_BLOCKS = "|".join([f"<{tag}>{_LINE}*+</{tag}>" for tag in ("p", "h1", "h2", "h3")])
_LISTS = "|".join([rf"<{tag}>(?:<li>{_LINE}*+</li>|\n)*+</{tag}>" for tag in ("ul", "ol")])
_DROPPED_ATTRIBUTES = (
    ('<p class="no-margin">', "<p>"),
    (' rel="nofollow noopener noreferrer" target="_blank">', ">"),
)
_CANONICAL = re.compile(f"(?:{_LINE}|{_BLOCKS}|{_LISTS})*+")


def sanitise(html: str) -> str:
    """`html` with nothing but allowed elements, attributes and URL schemes, in a form that parses as it stands.

    Still with `iframe` and `data:`, which the reader turns into links and files.
    """
    return _as_it_is(html) or cleaned(html)


def _as_it_is(html: str) -> str | None:
    """What cleaning makes of `html` where that needs no parser; None where it does.

    The attributes that Intercom's own editor writes, and that are not kept, are taken off first: what is left shows
    that they stood in tags.
    """
    for written, kept in _DROPPED_ATTRIBUTES:
        html = html.replace(written, kept)
    return html if _CANONICAL.fullmatch(html) else None


def cleaned(html: str) -> str:
    """The same by the parser.

    Unwrapping an element can leave others where the parser moves them again, hence more than one pass. Of what is
    nested absurdly deep, or does not settle, only the words are kept.
    """
    if not _is_too_deep(html):
        for _ in range(_MOST_PASSES):
            clean = _renamed(_unpadded(_CLEANER.clean(html)))
            if clean == html or _tags(clean) == _tags(html):
                return clean
            html = clean
    return escaped(" ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split()))


def _tags(html: str) -> list[str]:
    """The tags in their order: where cleaning keeps them all, it has only dropped attributes, which move nothing."""
    return _TAG.findall(html.lower())


def escaped(text: str, *, quote: bool = False) -> str:
    """`text` as nh3 writes it: in an attribute (`quote`) or outside."""
    text = escape(text, quote=False).replace("\xa0", "&nbsp;")
    return text.replace('"', "&quot;") if quote else text


def _is_too_deep(html: str) -> bool:
    if html.count("<") <= _DEEPEST:
        return False
    depth = 0
    for tag in _NESTING.finditer(html):
        depth += -1 if tag[1] else 1
        if depth > _DEEPEST:
            return True
    return False


def _renamed(html: str) -> str:
    """`html` with blocks of the allow-list in place of those that have no counterpart there."""
    html = html.replace("<caption>", "<tr><td>").replace("</caption>", "</td></tr>")
    return _RENAMED.sub(lambda tag: f"<{tag[1]}{'ul' if tag[2] else 'pre' if tag[3] else 'div'}>", html)


def _unpadded(html: str) -> str:
    """`html` without line breaks after `<pre>`: the first is not part of it, and each pass would eat one."""
    return re.sub("<pre>\n+", "<pre>", html) if "<pre>\n" in html else html
