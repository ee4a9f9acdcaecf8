"""What is written in a message, block by block, and how Intercom's HTML says it.

A body is a tuple of blocks, a block holds inline pieces. `intercom_html` writes the markup that the API answers with;
the ground truth renders the same blocks on its own.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class File:
    """A file on Intercom's host: `url` has no query; declared values are what an attachment object would say."""

    url: str
    name: str
    content_type: str | None
    size: int | None
    width: int | str | None = None
    height: int | str | None = None


@dataclass(frozen=True, slots=True)
class Styled:
    """Text in a formatting element that Ochre keeps (b, em, code …)."""

    tag: str
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class FileLink:
    file: File
    text: str


@dataclass(frozen=True, slots=True)
class Break:
    pass


@dataclass(frozen=True, slots=True)
class Wrapped:
    """Text in an element that Ochre does not know: only the text stays."""

    tag: str
    text: str


Inline: TypeAlias = str | Styled | Link | FileLink | Break | Wrapped


@dataclass(frozen=True, slots=True)
class Plain:
    """A whole body of bare text, without any element."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    pieces: tuple[Inline, ...]
    css: str = "no-margin"


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    text: str
    inner: Items | None = None


@dataclass(frozen=True, slots=True)
class Items:
    entries: tuple[Item, ...]
    ordered: bool = False
    start: int = 1


@dataclass(frozen=True, slots=True)
class Quote:
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Image:
    file: File
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class OutsideImage:
    url: str
    alt: str


@dataclass(frozen=True, slots=True)
class DataImage:
    content_type: str
    data: bytes
    alt: str


@dataclass(frozen=True, slots=True)
class Table:
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    pass


@dataclass(frozen=True, slots=True)
class Video:
    url: str


@dataclass(frozen=True, slots=True)
class Button:
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """Markup whose content must not survive (script, style …)."""

    markup: str


@dataclass(frozen=True, slots=True)
class Crooked:
    """Broken markup, with what an HTML5 parser makes of it: written down by hand, not computed."""

    markup: str
    html: str
    text: str


Block: TypeAlias = (
    Plain
    | Paragraph
    | Heading
    | Items
    | Quote
    | Code
    | Image
    | OutsideImage
    | DataImage
    | Table
    | Rule
    | Video
    | Button
    | Dropped
    | Crooked
)
Body: TypeAlias = tuple[Block, ...]


def intercom_html(body: Body) -> str:
    """The body as Intercom's API gives it."""
    return "".join([_block(block) for block in body])


def files_in(body: Body) -> list[File]:
    """The files that the body shows or links to, in document order."""
    files: list[File] = []
    for block in body:
        if isinstance(block, Image):
            files.append(block.file)
        elif isinstance(block, Paragraph):
            files.extend(piece.file for piece in block.pieces if isinstance(piece, FileLink))
    return files


def _text(value: str) -> str:
    return escape(value, quote=False).replace("\u00a0", "&nbsp;")


def _attribute(value: str) -> str:
    return escape(value, quote=True)


def _pieces(pieces: Sequence[Inline]) -> str:
    return "".join([_text(piece) if isinstance(piece, str) else _inline(piece) for piece in pieces])


def _inline(piece: Inline) -> str:
    match piece:
        case str():
            return _text(piece)
        case Styled(tag, text):
            return f"<{tag}>{_text(text)}</{tag}>"
        case Link(url, text):
            return f'<a href="{_attribute(url)}" rel="nofollow noopener noreferrer" target="_blank">{_text(text)}</a>'
        case FileLink(file, text):
            return (
                f'<a href="{_attribute(file.url)}" rel="nofollow noopener noreferrer" target="_blank">{_text(text)}</a>'
            )
        case Break():
            return "<br>"
        case Wrapped(tag, text):
            return f"<{tag}>{_text(text)}</{tag.split()[0]}>"


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        css = f' class="{block.css}"' if block.css else ""
        return f"<p{css}>{_pieces(block.pieces)}</p>"
    if isinstance(block, Plain):
        return block.text
    return _rich(block)


def _rich(block: Block) -> str:  # noqa: C901 - one flat case for each kind of block
    match block:
        case Heading(level, text):
            return f"<h{level}>{_text(text)}</h{level}>"
        case Items():
            return _items(block)
        case Quote(lines):
            inside = "".join(f"<p>{_text(line)}</p>" for line in lines)
            return f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex">{inside}</blockquote>'
        case Code(text):
            return f"<pre><code>{_text(text)}</code></pre>"
        case Image(file, alt):
            alt_text = "" if alt is None else f' alt="{_attribute(alt)}"'
            return f'<div class="intercom-container"><img src="{_attribute(file.url)}"{alt_text} width="480"></div>'
        case OutsideImage(url, alt):
            return f'<div class="intercom-container"><img src="{_attribute(url)}" alt="{_attribute(alt)}"></div>'
        case DataImage():
            source = f"data:{block.content_type};base64,{_encoded(block.data)}"
            return f'<p><img alt="{_attribute(block.alt)}" src="{source}"></p>'
        case Table(rows):
            cells = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            return f'<div class="intercom-interblocks-table-container"><table><tbody>{cells}</tbody></table></div>'
        case Rule():
            return "<hr>"
        case Video(url):
            frame = f'<iframe src="{_attribute(url)}" frameborder="0" allowfullscreen></iframe>'
            return f'<div class="intercom-h2b-video">{frame}</div>'
        case Button(url, text):
            button = f'<a class="intercom-h2b-button" href="{_attribute(url)}">{_text(text)}</a>'
            return f'<div class="intercom-align-center">{button}</div>'
        case Dropped(markup) | Crooked(markup):
            return markup
        case _:
            raise TypeError(type(block).__name__)


def _items(items: Items) -> str:
    tag = "ol" if items.ordered else "ul"
    start = f' start="{items.start}"' if items.ordered and items.start != 1 else ""
    inside = "".join(
        f"<li>{_text(entry.text)}{_items(entry.inner) if entry.inner else ''}</li>" for entry in items.entries
    )
    return f"<{tag}{start}>{inside}</{tag}>"


@lru_cache(maxsize=64)
def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
