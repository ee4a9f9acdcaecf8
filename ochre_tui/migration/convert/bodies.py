"""Bodies: Intercom's HTML to sanitised HTML, plain text, and the files they show or link to.

Sanitised HTML is canonical (proper nesting, attributes in double quotes, every other `<` and `>` escaped), so that one
pass over its tokens does the rest.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import TypeAlias
from urllib.parse import unquote, unquote_plus

from ochre_tui.intercom.hosts import APP_HOSTS, FileHosts
from ochre_tui.intercom.models import scrub
from ochre_tui.migration.convert.plain_text import TextForm
from ochre_tui.migration.convert.sanitise import escaped, sanitise

LARGEST_DATA_IMAGE = 1024 * 1024

_LONGEST_KEPT = 4096

_LINKED = frozenset({"", "http", "https", "mailto", "tel"})
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)")
_WHOLE = "|".join(f"{tag}[^>]*>.*?</{tag}" for tag in ("iframe", "video", "audio"))
_MARKUP = re.compile(f"(<(?:{_WHOLE}|[^>]*)>)", re.DOTALL)
_SOURCE = re.compile(r"<source ([^>]*)>")
# Tags that end a line of the text form and do no more, and tags that mean nothing to it.
_PLAIN_BLOCKS = frozenset(f"<{end}{tag}>" for tag in ("p", "div", "h1", "h2", "h3") for end in ("", "/"))
_MARKS = frozenset(f"<{end}{tag}>" for tag in ("b", "strong", "i", "em", "u", "code", "span") for end in ("", "/"))
_APP = "|".join(map(re.escape, sorted(APP_HOSTS)))
_ADMIN_PAGE = re.compile(rf"https?://(?:{_APP})/(?:a/)?apps/[^/]+/(?:admins?|teams?)/\d+/?")
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_DATA_IMAGE = re.compile(r"data:(image/(?:png|jpeg|gif|webp));base64,(.*)", re.IGNORECASE | re.DOTALL)
_FILE_QUERY = re.compile(r"""((?:https?:)?//[^\s"'<>?#]+)\?[^\s"'<>#]*""", re.IGNORECASE)
_SIMPLE = re.compile(r'<p(?: class="no-margin")?>([^<>&\r\0\xa0\ud800-\udfff]*)</p>')


@dataclass(frozen=True, slots=True)
class BodyFile:
    """A file that a body shows (`inline`) or links to; `path` is its identity, `data` the bytes of a data: image."""

    path: str
    url: str
    name: str
    inline: bool
    content_type: str | None = None
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class FileMark:
    """The place in a body's HTML where the id of a file's attachment goes."""

    path: str


Piece: TypeAlias = str | FileMark


@dataclass(frozen=True, slots=True)
class Body:
    """A body read; without text and image it counts as none, `text` is "" then."""

    pieces: tuple[Piece, ...]
    text: str
    files: tuple[BodyFile, ...] = ()

    def html(self, attachment_ids: Mapping[str, str]) -> str:
        """The sanitised HTML, with the attachments' ids by path put in."""
        return "".join([piece if isinstance(piece, str) else attachment_ids[piece.path] for piece in self.pieces])


NO_BODY = Body((), "")


def read_body(raw: str | None, hosts: FileHosts | None) -> Body:
    """The raw body of a message, sanitised; files are those on `hosts`, images elsewhere become links.

    `hosts` None: whatever this belongs to has no attachments.
    """
    if not raw:
        return NO_BODY
    if simple := _SIMPLE.fullmatch(raw):
        text = " ".join(simple[1].split())
        return Body((f"<p>{simple[1]}</p>",), text) if text else NO_BODY
    return _read_again(raw, hosts) if len(raw) <= _LONGEST_KEPT else _read(raw, hosts)


def source_sha256(raw: str | None, hosts: FileHosts) -> str | None:
    """SHA-256 of a raw body as UTF-8, the query of every file-host URL cut off because it changes; None without one."""
    if not raw:
        return None
    if "?" in raw and "//" in raw:
        raw = _FILE_QUERY.sub(lambda url: url[1] if hosts.allows(with_scheme(url[1])) else url[0], raw)
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()


def path_of(url: str) -> str:
    """A file's URL without query and fragment, scheme and host in lower case: stable where signatures change."""
    bare = url.strip().partition("#")[0].partition("?")[0]
    scheme, mark, rest = bare.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}{mark}{host.lower()}{slash}{path}"


def name_in(path: str) -> str:
    """The last segment of a URL path, as a person would write it: blanks came as `+`, a plus as `%2B`."""
    return scrub(unquote_plus(path.rpartition("/")[2]))


def with_scheme(url: str) -> str:
    """`url` trimmed; one that begins with `//` is https."""
    url = url.strip()
    return f"https:{url}" if url.startswith("//") else url


def _read(raw: str, hosts: FileHosts | None) -> Body:
    return _Reader(hosts).read(sanitise(scrub(raw)))


# A body is read twice, for its files and for its message; and much is said in the same words again.
_read_again = lru_cache(maxsize=1024)(_read)


@dataclass(frozen=True, slots=True)
class _OpenLink:
    """A link not closed yet: how many pieces of words came before it, the words that it gets where it has none, and
    whether it leads to an admin's page."""

    words_before: int
    words: str
    mention: bool = False


class _Reader:
    """One pass over sanitised HTML that writes Ochre's HTML and text, and gathers the files."""

    def __init__(self, hosts: FileHosts | None) -> None:
        self._hosts = hosts
        self._pieces: list[Piece] = []
        self._text = TextForm()
        self._files: dict[str, BodyFile] = {}
        self._links: list[_OpenLink] = []
        self._words = 0

    def read(self, html: str) -> Body:
        self._take(html)
        text = self._text.result()
        return Body(tuple(self._pieces), text, tuple(self._files.values())) if text else NO_BODY

    def _take(self, html: str) -> None:
        for number, piece in enumerate(_MARKUP.split(html)):
            if number % 2 == 0:
                if piece:
                    self._write(piece)
            elif piece in _PLAIN_BLOCKS:
                self._pieces.append(piece)
                self._text.end_line()
            elif piece in _MARKS:
                self._pieces.append(piece)
            elif piece.startswith("</"):
                self._close(piece)
            elif piece.startswith("<iframe"):
                self._frame(_attributes(piece.partition(">")[0]))
            elif piece.startswith(("<video", "<audio")):
                self._media(piece)
            elif not piece.startswith("<source"):
                self._open(piece)

    def _open(self, raw: str) -> None:
        tag, _, rest = raw[1:-1].partition(" ")
        given = _attributes(rest) if rest else {}
        if tag == "img":
            self._image(given)
        elif tag == "a":
            self._link(given)
        else:
            self._text.open(tag, given)
            self._pieces.append(raw)

    def _close(self, raw: str) -> None:
        tag = raw[2:-1]
        if tag == "a" and (link := self._links.pop()).words_before == self._words and link.words:
            self._write(escaped(link.words))
        self._text.close(tag)
        self._pieces.append(raw)

    def _write(self, escaped: str) -> None:
        if self._links and escaped.strip():
            if self._links[-1].mention and self._links[-1].words_before == self._words:
                escaped = _as_mention(escaped)
            self._words += 1
        self._pieces.append(escaped)
        self._text.text(unescape(escaped) if "&" in escaped else escaped)

    def _link(self, given: dict[str, str]) -> None:
        href, title = with_scheme(given.get("href", "")), " ".join(given.get("title", "").split())
        if self._is_file(href):
            path = path_of(href)
            self._link_file(path, href)
            self._links.append(_OpenLink(self._words, title or name_in(path)))
        elif not href or _scheme(href) not in _LINKED:
            self._pieces.append("<a>")
            self._text.open("a", {})
            self._links.append(_OpenLink(self._words, title))
        else:
            mention = _ADMIN_PAGE.fullmatch(href) is not None
            self._pieces.append(f'<a href="{escaped(href, quote=True)}">')
            self._text.open("a", {} if mention else {"href": href})
            self._links.append(_OpenLink(self._words, title or _address(href), mention))

    def _link_file(self, path: str, url: str) -> None:
        self._files.setdefault(path, BodyFile(path, url, name_in(path), inline=False))
        self._pieces += ['<a href="attachment:', FileMark(path), '">']
        self._text.open("a", {"href": "attachment:"})

    def _image(self, given: dict[str, str]) -> None:
        src, alt = with_scheme(given.get("src", "")), given.get("alt", "")
        if self._is_file(src):
            path = path_of(src)
            self._show(BodyFile(path, src, name_in(path), inline=True), alt)
        elif _is_web(src):
            self._refer(src, alt)
        elif self._hosts and (file := _data_image(src)):
            self._show(file, alt)
        elif alt:
            self._write(escaped(alt))

    def _show(self, file: BodyFile, alt: str) -> None:
        self._words += 1
        self._files[file.path] = file
        self._pieces += ['<img src="attachment:', FileMark(file.path), f'" alt="{escaped(alt, quote=True)}">']
        alt = " ".join(alt.split())
        self._text.text(f"[image: {alt}]" if alt else "[image]")

    def _is_file(self, url: str) -> bool:
        return self._hosts is not None and _is_web(url) and self._hosts.allows(url.strip())

    def _frame(self, given: dict[str, str]) -> None:
        self._refer_each([given.get("src", "")])

    def _media(self, html: str) -> None:
        """A video or a sound: links to what it plays; where that is nothing, what it holds."""
        head, _, inside = html.partition(">")
        sources = [_attributes(head), *(_attributes(source) for source in _SOURCE.findall(inside))]
        if not self._refer_each([given.get("src", "") for given in sources]):
            self._take(inside.rpartition("</")[0])

    def _refer_each(self, urls: list[str]) -> bool:
        """Links to these addresses, files where they are on Intercom's hosts; whether any of them leads anywhere."""
        found = list(dict.fromkeys(url for given in urls if _is_web(url := with_scheme(given))))
        for number, url in enumerate(found):
            if number:
                self._write(" ")
            if self._links or not self._is_file(url):
                self._refer(url, "")
            else:
                path = path_of(url)
                self._link_file(path, url)
                self._write(escaped(name_in(path)))
                self._text.close("a")
                self._pieces.append("</a>")
        return bool(found)

    def _refer(self, url: str, words: str) -> None:
        """A link instead of something that is not fetched; inside a link, which holds no other, only its words."""
        words = words if words.strip() else url
        if self._links:
            self._write(escaped(words))
            return
        self._pieces.append(f'<a href="{escaped(url, quote=True)}">')
        self._text.open("a", {"href": url})
        self._write(escaped(words))
        self._text.close("a")
        self._pieces.append("</a>")


def _attributes(raw: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(raw)}


def _as_mention(escaped: str) -> str:
    """An admin's name as a mention reads; the address of the page, where that was pasted, as it is."""
    name = escaped.lstrip()
    if name.startswith("@") or "//" in name:
        return escaped
    return f"{escaped.removesuffix(name)}@{name}"


def _address(href: str) -> str:
    """An address as words: of mail and telephone without the scheme."""
    scheme, _, rest = href.partition(":")
    return unquote(rest.partition("?")[0]) if scheme.lower() in {"mailto", "tel"} else href


def _is_web(url: str) -> bool:
    return url.strip()[:8].lower().startswith(("http://", "https://"))


def _scheme(url: str) -> str:
    """The scheme that the most lenient reader could find, past spaces and what is invisible; "" for none."""
    found = _SCHEME.match("".join(c for c in url if c.isprintable() and not c.isspace()))
    return found[0].lower() if found else ""


def _data_image(src: str) -> BodyFile | None:
    match = _DATA_IMAGE.fullmatch(src.strip())
    if match is None:
        return None
    encoded = "".join(unquote(match[2]).split())
    if len(encoded) > LARGEST_DATA_IMAGE * 4 // 3 + 4:
        return None
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    if not 0 < len(data) <= LARGEST_DATA_IMAGE:
        return None
    content_type = match[1].lower()
    name = "image." + content_type.partition("/")[2].replace("jpeg", "jpg")
    path = "data:" + hashlib.sha256(data).hexdigest()
    return BodyFile(path, "", name, inline=True, content_type=content_type, data=data)
