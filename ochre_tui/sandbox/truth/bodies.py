"""What Ochre must make of a body: written from the blocks, not read from Intercom's markup."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from ochre_tui.sandbox.world.body import (
    Block,
    Body,
    Break,
    Button,
    Code,
    Crooked,
    DataImage,
    Dropped,
    File,
    FileLink,
    Heading,
    Image,
    Inline,
    Items,
    Link,
    OutsideImage,
    Paragraph,
    Plain,
    Quote,
    Rule,
    Styled,
    Table,
    Video,
    Wrapped,
)

# Types of `data:` images that become attachments; the sandbox makes none that is too big or broken.
_KEPT_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

Names = Callable[[str], str]
"""The id of the attachment with a path."""


def data_path(image: DataImage) -> str | None:
    """What names a `data:` image among the files of a message; None for one that is dropped."""
    return f"data:{hashlib.sha256(image.data).hexdigest()}" if image.content_type in _KEPT_IMAGES else None


def ochre_html(body: Body, names: Names) -> str:
    """The sanitised HTML."""
    return "".join(_html(block, names) for block in body)


def ochre_text(body: Body) -> str:
    """The plain-text form."""
    return "\n".join(line for block in body for line in _lines(block)).strip("\n")


def _html(block: Block, names: Names) -> str:  # noqa: C901 - one flat case for each kind of block
    match block:
        case Plain(text):
            return _escaped(text)
        case Paragraph(pieces):
            return f"<p>{''.join(_inline_html(piece, names) for piece in pieces)}</p>"
        case Heading(level, text):
            return f"<h{level}>{_escaped(text)}</h{level}>"
        case Items():
            return _items_html(block)
        case Quote(lines):
            return f"<blockquote>{''.join(f'<p>{_escaped(line)}</p>' for line in lines)}</blockquote>"
        case Code(text):
            return f"<pre><code>{_escaped(text)}</code></pre>"
        case Image(file, alt):
            return f"<div>{_image(names(file.url), alt or '')}</div>"
        case OutsideImage(url, alt):
            return f"<div>{_link(url, alt or url)}</div>"
        case DataImage():
            path = data_path(block)
            return f"<p>{_image(names(path), block.alt) if path else _escaped(block.alt)}</p>"
        case Table(rows):
            return f"<div><table><tbody>{''.join(map(_row_html, rows))}</tbody></table></div>"
        case Rule():
            return "<hr>"
        case Video(url):
            return f"<div>{_link(url, url)}</div>"
        case Button(url, text):
            return f"<div>{_link(url, text)}</div>"
        case Dropped():
            return ""
        case Crooked():
            return block.html


def _inline_html(piece: Inline, names: Names) -> str:
    match piece:
        case str():
            return _escaped(piece)
        case Styled(tag, text):
            return f"<{tag}>{_escaped(text)}</{tag}>"
        case Link(url, text):
            return _link(url, text)
        case FileLink(file, text):
            return _link(f"attachment:{names(file.url)}", text)
        case Break():
            return "<br>"
        case Wrapped():
            return _escaped(piece.text)


def _items_html(items: Items) -> str:
    tag = "ol" if items.ordered else "ul"
    start = f' start="{items.start}"' if items.ordered and items.start != 1 else ""
    entries = (
        f"<li>{_escaped(entry.text)}{_items_html(entry.inner) if entry.inner else ''}</li>" for entry in items.entries
    )
    return f"<{tag}{start}>{''.join(entries)}</{tag}>"


def _row_html(row: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<td>{_escaped(cell)}</td>' for cell in row)}</tr>"


def _image(attachment_id: str, alt: str) -> str:
    return f'<img src="attachment:{attachment_id}" alt="{_quoted(alt)}">'


def _link(url: str, text: str) -> str:
    return f'<a href="{_quoted(url)}">{_escaped(text)}</a>'


def _escaped(text: str) -> str:
    for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\u00a0", "&nbsp;")):
        text = text.replace(plain, entity)
    return text


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', "&quot;")


def _lines(block: Block) -> list[str]:  # noqa: C901 - one flat case for each kind of block
    match block:
        case Plain(text) | Heading(_, text) | Button(text=text):
            shown = f"{text} ({block.url})" if isinstance(block, Button) else text
            return _squeezed([shown])
        case Paragraph(pieces):
            return _paragraph_lines(pieces)
        case Items():
            return _items_lines(block)
        case Quote(lines):
            return [f"> {line}" for line in _squeezed(lines)]
        case Code(text):
            return text.split("\n")
        case Image(_, alt):
            return [_image_text(alt or "")]
        case OutsideImage(url, alt):
            return [f"{alt} ({url})" if alt else url]
        case DataImage():
            return [_image_text(block.alt) if data_path(block) else block.alt]
        case Table(rows):
            return [" | ".join(row) for row in rows]
        case Rule():
            return ["---"]
        case Video(url):
            return [url]
        case Dropped():
            return []
        case Crooked():
            return block.text.split("\n")


def _paragraph_lines(pieces: tuple[Inline, ...]) -> list[str]:
    lines = [""]
    for piece in pieces:
        if isinstance(piece, Break):
            lines.append("")
        else:
            lines[-1] += _inline_text(piece)
    return _squeezed(lines)


def _inline_text(piece: Inline) -> str:
    match piece:
        case str():
            return piece
        case Link(url, text):
            return text if text == url or url.startswith(("mailto:", "tel:")) else f"{text} ({url})"
        case Styled(_, text) | FileLink(_, text) | Wrapped(_, text):
            return text
        case Break():
            return "\n"


def _items_lines(items: Items) -> list[str]:
    lines: list[str] = []
    for number, entry in enumerate(items.entries, items.start):
        lines.append(f"{number}. {entry.text}" if items.ordered else f"- {entry.text}")
        if entry.inner:
            lines += [f"  {line}" for line in _items_lines(entry.inner)]
    return lines


def _image_text(alt: str) -> str:
    return f"[image: {alt}]" if alt else "[image]"


def _squeezed(lines: list[str] | tuple[str, ...]) -> list[str]:
    """White space collapsed, empty lines dropped."""
    return [squeezed for line in lines if (squeezed := " ".join(line.split()))]


def body_files(body: Body) -> list[tuple[str, File | DataImage, bool]]:
    """What a body shows (True) or links to, in document order: path, file, inline."""
    files: list[tuple[str, File | DataImage, bool]] = []
    for block in body:
        if isinstance(block, Image):
            files.append((block.file.url, block.file, True))
        elif isinstance(block, DataImage):
            path = data_path(block)
            if path:
                files.append((path, block, True))
        elif isinstance(block, Paragraph):
            files.extend((piece.file.url, piece.file, False) for piece in block.pieces if isinstance(piece, FileLink))
    return files
