"""What a browser could take for something that acts, found by another parser than the one that cleans."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.migration.convert.bodies import read_body

_ELEMENTS = """
p br div span strong b em i u s del ins sub sup mark small h1 h2 h3 h4 h5 h6 ul ol li a blockquote pre code table thead
tbody tfoot tr th td img hr
"""

ELEMENTS = set(_ELEMENTS.split())

ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}

SCHEMES = {"http", "https", "mailto", "tel", "attachment", ""}


class Judge(HTMLParser):
    """Gathers what a browser could take for something that acts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ELEMENTS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES.get(tag, set()) | {"title", "lang"}:
                self.found.append(f"<{tag} {name}>")
            elif name in {"href", "src"}:
                self._judge_url(tag, value or "")

    def _judge_url(self, tag: str, value: str) -> None:
        bare = re.sub(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff]", "", value)
        scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)", bare)
        if scheme and scheme[0].lower() not in SCHEMES:
            self.found.append(f"<{tag} → {value}>")
        if tag == "img" and not value.startswith("attachment:"):
            self.found.append(f"<img src={value}>")
        if urlsplit(value.replace("[", "").replace("]", "")).scheme.lower() not in SCHEMES:
            self.found.append(f"<{tag} → {value}>")

    def handle_comment(self, data: str) -> None:
        self.found.append("<!--")

    def handle_decl(self, decl: str) -> None:
        self.found.append(f"<!{decl}")

    def unknown_decl(self, data: str) -> None:
        self.handle_decl(data)

    def handle_pi(self, data: str) -> None:
        self.handle_decl(data)


def judged(raw: str) -> list[str]:
    body = read_body(raw, FileHosts())
    judge = Judge()
    judge.feed(body.html({file.path: f"att{n}" for n, file in enumerate(body.files)}))
    judge.close()
    return judge.found
