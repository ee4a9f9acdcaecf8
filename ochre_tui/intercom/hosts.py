"""Which hosts may be asked for what: Intercom's API and app, its file hosts, and those that the operator names."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

from ochre_tui.core.errors import UsageError
from ochre_tui.core.network import is_loopback
from ochre_tui.core.text import clean_line

API_HOSTS: Mapping[str, str] = MappingProxyType(
    {"US": "api.intercom.io", "EU": "api.eu.intercom.io", "AU": "api.au.intercom.io"}
)
APP_HOSTS = frozenset({"app.intercom.com", "app.eu.intercom.com", "app.au.intercom.com", "app.intercom.io"})

_FILE_HOST = re.compile(
    r"(?:[a-z0-9_-]+\.)+(?:intercomcdn\.(?:com|eu)|intercom-attachments(?:-[1-9])?\.(?:com|eu)"
    r"|intercomusercontent\.com|intercomassets\.(?:com|eu))"
    r"|messenger-apps[a-z0-9-]*(?:\.[a-z0-9-]+)*\.intercom\.io"
)
_NUMERIC = re.compile(r"(?:0x[0-9a-f]+|[0-9]+)(?:\.(?:0x[0-9a-f]+|[0-9]+)){0,3}\.?", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
_NAMED = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::(?P<port>\d{1,5}))?")


def is_address(host: str) -> bool:
    """Whether `host` is an address and no name, also in the forms that C's own functions take: 0x7f.1, 2130706433."""
    bare = host.partition("%")[0]
    if ":" not in bare and not bare[-1:].isdigit():  # as no address ends, so that most names need no look
        return _NUMERIC.fullmatch(host) is not None
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return _NUMERIC.fullmatch(host) is not None
    return True


def is_public(address: str) -> bool:
    """Whether a literal address belongs to the public internet, also where it wraps an IPv4 address in IPv6."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = _wrapped_ipv4(ip)
        if wrapped is not None:
            return wrapped.is_global and not wrapped.is_multicast
        if ip.is_reserved or ip.is_site_local:  # ::/8 too, with what else wraps an IPv4 address
            return False
    return ip.is_global and not ip.is_multicast


def _wrapped_ipv4(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


@dataclass(frozen=True, slots=True)
class FileHosts:
    """The hosts files are fetched from: Intercom's own and the named ones, as (host, port), port None for any."""

    named: frozenset[tuple[str, int | None]] = frozenset()

    @classmethod
    def parse(cls, names: str | None) -> FileHosts:
        """From a comma list of `host[:port]` (OCHRE_TUI_ATTACHMENT_HOSTS); UsageError for anything else."""
        named: set[tuple[str, int | None]] = set()
        for entry in (part.strip() for part in (names or "").split(",")):
            if not entry:
                continue
            match = _NAMED.fullmatch(entry)
            if match is None:
                raise UsageError(
                    f"“{clean_line(entry, 80)}” is no host that attachments may come from",
                    advice="OCHRE_TUI_ATTACHMENT_HOSTS is a comma list of host or host:port, "
                    "for example files.example.com,127.0.0.1:8090.",
                )
            port = match["port"]
            named.add((match["host"].strip("[]").lower(), int(port) if port else None))
        return cls(frozenset(named))

    def allows(self, url: str) -> bool:
        """Whether a file may be fetched from `url`: by HTTPS from an allowed host; by HTTP from a named loopback."""
        return self.refusal(url) is None

    def refusal(self, url: str) -> str | None:
        """Why a file may not be fetched from `url`, as "its …"; None where it may."""
        parts = split_url(url)
        if parts is None or not parts.hostname:
            return "its address is no plain https address"
        host, port = parts.hostname, parts.port
        if self.names(host, port or (443 if parts.scheme == "https" else 80)):
            encrypted = parts.scheme == "https" or is_loopback(host)
            return None if encrypted else "its address is not encrypted (http)"
        if _FILE_HOST.fullmatch(host) is None:
            if is_address(host) and not is_public(host):
                return "its host is an address that is not public"
            return "its host is none of Intercom's file hosts"
        if parts.scheme != "https":
            return "its address is not encrypted (http)"
        return None if port in (None, 443) else f"its port is {port}, where no files of Intercom are"

    def names(self, host: str, port: int) -> bool:
        """Whether the operator named this host, and so vouches for its address too."""
        return (host, port) in self.named or (host, None) in self.named


def split_url(url: str) -> SplitResult | None:
    """The parts of an http(s) URL that every program reads alike; None for anything doubtful."""
    if _UNSAFE.search(url):
        return None
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or port == 0:
        return None
    return parts
