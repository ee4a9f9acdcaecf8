"""Taking in what the operator enters for the cut-over: in whatever form it is copied, and checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from ochre_tui.core.errors import UsageError
from ochre_tui.core.network import is_loopback
from ochre_tui.core.text import clean_line
from ochre_tui.intercom.hosts import is_address, is_public, split_url
from ochre_tui.migration.cutover.settings import KEY, Entered, entered
from ochre_tui.migration.session import Session

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_PRIORITY = re.compile(r"^\d{1,5}\s+")
_INCLUDE = re.compile(r"include:(\S+)")
_LONGEST = 2_000


def enter(session: Session, given: Mapping[str, str]) -> Entered:
    """Keep the values given, by their names in `Entered`; "" takes one away. UsageError where one can't be right."""
    with session.store() as store:
        before = entered(store)
    changes: Mapping[str, Any] = {
        key: _READ[key](text.strip()) if text.strip() else None for key, text in given.items()
    }
    after = replace(before, **changes)
    if after != before:
        with session.store() as store:
            store.set(KEY, asdict(after))
        session.audit("cut-over values", **changes)
    return after


def _site(text: str) -> str:
    url = text if "://" in text else f"https://{text}"
    parts = split_url(url)
    host = parts.hostname if parts else None
    if parts is None or not host:
        raise UsageError(f"“{clean_line(text, 80)}” is no address of a page.", advice="Give one like https://acme.com.")
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(f"“{clean_line(text, 80)}” is not encrypted.", advice="Give the https:// address of the page.")
    if is_address(host) and not is_public(host) and not is_loopback(host):
        raise UsageError(f"“{clean_line(text, 80)}” is not on the public internet.", advice="Give your site's address.")
    return url


def _host(text: str) -> str:
    """A name in the DNS, in lower case, in its ASCII form, without the dot at its end."""
    try:
        name = text.removesuffix(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        name = ""
    labels = name.split(".")
    if len(labels) < 2 or len(name) > 253 or not all(map(_LABEL.fullmatch, labels)) or is_address(name):
        raise UsageError(f"“{clean_line(text, 80)}” is no domain name.", advice="Give one like acme.com.")
    return name


def _domain(text: str) -> str:
    return _host(text.rpartition("@")[2])


def _mx_host(text: str) -> str:
    return _host(_PRIORITY.sub("", text))


def _spf_include(text: str) -> str:
    found = _INCLUDE.search(text)
    return _host(found[1] if found else text)


def _dkim_selector(text: str) -> str:
    selector = text.partition("._domainkey")[0].lower()
    if not all(map(_LABEL.fullmatch, selector.split("."))):
        raise UsageError(
            f"“{clean_line(text, 80)}” is no DKIM selector.", advice="It is what stands before ._domainkey in Ochre."
        )
    return selector


def _dkim_record(text: str) -> str:
    if "=" not in text:
        return _host(text)
    record = text.replace('"', "")
    if not record.isascii() or not record.isprintable() or len(record) > _LONGEST:
        raise UsageError("That is no DKIM record.", advice="Copy the record's value from Ochre: v=DKIM1; … p=…")
    return record


def _name_server(text: str) -> str:
    server_of(text)
    return text


_READ: Mapping[str, Callable[[str], str]] = {
    "site": _site,
    "domain": _domain,
    "inbox": _domain,
    "mx_host": _mx_host,
    "spf_include": _spf_include,
    "dkim_selector": _dkim_selector,
    "dkim_record": _dkim_record,
    "name_server": _name_server,
}


def server_of(text: str) -> tuple[str, int]:
    """Address and port of a name server; UsageError where it is none."""
    try:
        parts = urlsplit(f"//{text}" if text.count(":") < 2 or text.startswith("[") else f"//[{text}]")
        return str(ip_address(parts.hostname or "")), parts.port or 53
    except ValueError:
        raise UsageError(
            f"“{clean_line(text, 80)}” is no address of a name server.",
            advice="Give one like 9.9.9.9 or 127.0.0.1:5353.",
        ) from None
