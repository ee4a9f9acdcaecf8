"""Every way of talking a download into this machine or its network: refused, by name, before a byte is asked for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from starlette.requests import Request
from starlette.responses import Response

from ochre_tui.intercom.clock import Clock
from ochre_tui.intercom.errors import FileUnavailable
from ochre_tui.intercom.files import Downloader
from ochre_tui.intercom.hosts import FileHosts, is_public

NOT_PUBLIC = "its host is an address that is not public"
NOT_OURS = "its host is none of Intercom's file hosts"
NOT_PLAIN = "its address is no plain https address"
NOT_ENCRYPTED = "its address is not encrypted (http)"

TABLE = {
    "loopback": ("https://127.0.0.1/x", NOT_PUBLIC),
    "loopback, another of its network": ("https://127.255.255.254/x", NOT_PUBLIC),
    "loopback by http": ("http://127.0.0.1/x", NOT_PUBLIC),
    "loopback by name": ("https://localhost/x", NOT_OURS),
    "loopback by a name of a name": ("https://localhost.localdomain/x", NOT_OURS),
    "loopback by somebody's name": ("https://127.0.0.1.nip.io/x", NOT_OURS),
    "unspecified": ("https://0.0.0.0/x", NOT_PUBLIC),
    "unspecified, short": ("https://0/x", NOT_PUBLIC),
    "private, 10": ("https://10.0.0.5/x", NOT_PUBLIC),
    "private, 172": ("https://172.16.0.1/x", NOT_PUBLIC),
    "private, 192": ("https://192.168.1.1/x", NOT_PUBLIC),
    "carrier's": ("https://100.64.0.1/x", NOT_PUBLIC),
    "link-local": ("https://169.254.1.1/x", NOT_PUBLIC),
    "metadata": ("https://169.254.169.254/latest/meta-data/", NOT_PUBLIC),
    "metadata by http": ("http://169.254.169.254/latest/meta-data/", NOT_PUBLIC),
    "metadata of Google by name": ("https://metadata.google.internal/computeMetadata/v1/", NOT_OURS),
    "metadata of Alibaba": ("https://100.100.100.200/latest/", NOT_PUBLIC),
    "metadata over IPv6": ("https://[fd00:ec2::254]/latest/", NOT_PUBLIC),
    "multicast": ("https://224.0.0.1/x", NOT_PUBLIC),
    "broadcast": ("https://255.255.255.255/x", NOT_PUBLIC),
    "documentation": ("https://192.0.2.1/x", NOT_PUBLIC),
    "public, but not Intercom's": ("https://93.184.216.34/x", NOT_OURS),
    "IPv6 loopback": ("https://[::1]/x", NOT_PUBLIC),
    "IPv6 unspecified": ("https://[::]/x", NOT_PUBLIC),
    "IPv6 link-local": ("https://[fe80::1]/x", NOT_PUBLIC),
    "IPv6 link-local with a zone": ("https://[fe80::1%25eth0]/x", NOT_PUBLIC),
    "IPv6 unique local": ("https://[fd12:3456::1]/x", NOT_PUBLIC),
    "IPv6 multicast": ("https://[ff02::1]/x", NOT_PUBLIC),
    "IPv6 mapped": ("https://[::ffff:127.0.0.1]/x", NOT_PUBLIC),
    "IPv6 mapped in hex": ("https://[::ffff:7f00:1]/x", NOT_PUBLIC),
    "IPv6 mapped metadata": ("https://[::ffff:169.254.169.254]/x", NOT_PUBLIC),
    "IPv6 compatible": ("https://[::127.0.0.1]/x", NOT_PUBLIC),
    "IPv6 6to4": ("https://[2002:7f00:1::]/x", NOT_PUBLIC),
    "IPv6 6to4 metadata": ("https://[2002:a9fe:a9fe::]/x", NOT_PUBLIC),
    "IPv6 Teredo": ("https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/x", NOT_PUBLIC),
    "IPv6 NAT64": ("https://[64:ff9b::7f00:1]/x", NOT_PUBLIC),
    "IPv6 NAT64 of a network": ("https://[64:ff9b:1::7f00:1]/x", NOT_PUBLIC),
    "IPv6 without brackets": ("https://::1/x", NOT_PLAIN),
    "decimal": ("https://2130706433/x", NOT_PUBLIC),
    "octal": ("https://0177.0.0.1/x", NOT_PUBLIC),
    "octal in one": ("https://017700000001/x", NOT_PUBLIC),
    "hex": ("https://0x7f000001/x", NOT_PUBLIC),
    "hex in parts": ("https://0x7f.0x0.0x0.0x1/x", NOT_PUBLIC),
    "short": ("https://127.1/x", NOT_PUBLIC),
    "mixed": ("https://0x7f.1/x", NOT_PUBLIC),
    "a dot at the end": ("https://127.0.0.1./x", NOT_PUBLIC),
    "wide digits": ("https://１２７.0.0.1/x", NOT_OURS),
    "circled digits": ("https://①②⑦.0.0.1/x", NOT_OURS),
    "IPv6 site-local": ("https://[fec0::1]/x", NOT_PUBLIC),
    "file": ("file:///etc/passwd", NOT_PLAIN),
    "file with a host": ("file://downloads.intercomcdn.com/etc/passwd", NOT_PLAIN),
    "ftp": ("ftp://downloads.intercomcdn.com/x", NOT_PLAIN),
    "gopher": ("gopher://127.0.0.1:6379/_FLUSHALL", NOT_PLAIN),
    "data": ("data:text/plain,x", NOT_PLAIN),
    "unix socket": ("unix:/run/docker.sock", NOT_PLAIN),
    "no scheme": ("//downloads.intercomcdn.com/x", NOT_PLAIN),
    "downgrade": ("http://downloads.intercomcdn.com/x", NOT_ENCRYPTED),
    "another port": ("https://downloads.intercomcdn.com:22/x", "its port is 22, where no files of Intercom are"),
    "a user before the host": ("https://downloads.intercomcdn.com@127.0.0.1/x", NOT_PLAIN),
    "a backslash": ("https://127.0.0.1\\@downloads.intercomcdn.com/x", NOT_PLAIN),
    "a line break": ("https://downloads.intercomcdn.com\r\n.evil.example/x", NOT_PLAIN),
    "a NUL": ("https://127.0.0.1\x00.downloads.intercomcdn.com/x", NOT_PLAIN),
    "a name that begins alike": ("https://downloads.intercomcdn.com.evil.example/x", NOT_OURS),
    "a name that ends alike": ("https://evilintercomcdn.com/x", NOT_OURS),
    "a dot of another script": ("https://downloads。intercomcdn.com/x", NOT_OURS),
    "a letter of another script": ("https://downloads.intercоmcdn.com/x", NOT_OURS),
    "port zero": ("https://downloads.intercomcdn.com:0/x", NOT_PLAIN),
    "a port that is none": ("https://downloads.intercomcdn.com:99999/x", NOT_PLAIN),
}

LEADS = {
    "loopback": "127.0.0.1", "unspecified": "0.0.0.0", "private": "10.1.2.3", "metadata": "169.254.169.254",
    "carrier's": "100.64.0.1", "IPv6 loopback": "::1", "IPv6 unique local": "fd00::1", "IPv6 link-local": "fe80::1%2",
    "mapped": "::ffff:10.0.0.1", "NAT64": "64:ff9b::a00:1", "6to4": "2002:a00:1::",
    "IPv4-compatible": "::a00:1", "NAT64 of a network": "64:ff9b:1::a00:1", "site-local": "fec0::1",
}  # fmt: skip


class Stage(Protocol):
    url: str
    seen: list[Request]
    answer: Callable[[Request, Any], Response]


class Waits(Protocol):
    def clock(self) -> Clock: ...


class Names(AbstractResolver):
    """A name server that gives another answer each time, as in rebinding."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        address = self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]
        return [ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        pass


def refused(url: str, spool: Path, waits: Waits, **options: Any) -> FileUnavailable:
    async def main() -> None:
        async with Downloader(clock=waits.clock(), **options) as downloader:
            await downloader.download(url, spool)

    with pytest.raises(FileUnavailable) as caught:
        asyncio.run(main())
    assert not spool.exists()
    return caught.value


@pytest.mark.parametrize("name", TABLE)
def test_an_address(name: str, tmp_path: Path, waits: Waits) -> None:
    url, reason = TABLE[name]
    names = Names("127.0.0.1")
    error = refused(url, tmp_path / "spool", waits, hosts=FileHosts(), resolver=names)
    assert (error.reason, error.permanent, names.asked) == (reason, True, [])


@pytest.mark.parametrize("name", TABLE)
def test_a_redirect_to_it(name: str, stage: Stage, tmp_path: Path, waits: Waits) -> None:
    url, _ = TABLE[name]
    if "\n" in url or "\x00" in url or not url.isascii() or url.startswith("//"):
        url = "https://169.254.169.254/x"  # what no header can hold
    stage.answer = lambda request, body: Response(status_code=302, headers={"Location": url})
    named = FileHosts.parse(stage.url.split("/")[2])
    error = refused(f"{stage.url}/f", tmp_path / "spool", waits, hosts=named, resolver=Names("127.0.0.1"))
    assert error.permanent
    assert len(stage.seen) == 1


@pytest.mark.parametrize("name", LEADS)
def test_a_name_of_intercom_s_that_leads_to_it(name: str, tmp_path: Path, waits: Waits) -> None:
    names = Names(LEADS[name])
    url = "https://downloads.intercomcdn.com/i/o/1"
    error = refused(url, tmp_path / "spool", waits, hosts=FileHosts(), resolver=names)
    assert error.reason == "its host leads to an address that is not public"
    assert not is_public(LEADS[name])


def test_rebinding_finds_no_second_look_up_to_answer(tmp_path: Path, waits: Waits) -> None:
    """The address that was checked is the one connected to; the next attempt is checked anew."""
    names = Names("192.0.2.1", "127.0.0.1")
    url = "https://downloads.intercomcdn.com/i/o/1"
    assert refused(url, tmp_path / "spool", waits, hosts=FileHosts(), resolver=names).permanent
    assert names.asked == ["downloads.intercomcdn.com"]
