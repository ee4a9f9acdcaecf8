"""Real servers on loopback: a name server over UDP, and a site."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


@dataclass(slots=True)
class NameServer:
    """`zone`: name and type to their records' texts; a name with no records at all does not exist."""

    address: str
    zone: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    silent: bool = False
    refusing: bool = False

    def answer(self, raw: bytes) -> bytes | None:
        query = dns.message.from_wire(raw)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        if self.silent:
            return None
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        if self.refusing:
            reply.set_rcode(dns.rcode.REFUSED)
        elif texts := self.zone.get((name, kind)):
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
        elif alias := self.zone.get((name, "CNAME")):
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", "CNAME", *alias))
            target = alias[0].removesuffix(".")
            if texts := self.zone.get((target, kind)):
                reply.answer.append(dns.rrset.from_text(alias[0], 60, "IN", kind, *texts))
        elif not any(known == name for known, _ in self.zone):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire()


@contextmanager
def name_server() -> Iterator[NameServer]:
    """One that answers on a port of its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        one = NameServer(f"127.0.0.1:{sock.getsockname()[1]}")
        ended = threading.Event()
        sock.settimeout(0.05)

        def serve() -> None:
            while not ended.is_set():
                try:
                    raw, sender = sock.recvfrom(4096)
                except TimeoutError:
                    continue
                if (reply := one.answer(raw)) is not None:
                    sock.sendto(reply, sender)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield one
        finally:
            ended.set()
            thread.join()


@dataclass(slots=True)
class Site:
    """`pages`: a path to its status, headers and body."""

    url: str
    pages: dict[str, tuple[int, Mapping[str, str], bytes]] = field(default_factory=dict)

    def show(self, html: str, path: str = "/") -> str:
        self.pages[path] = (200, {"Content-Type": "text/html"}, html.encode())
        return self.url + path

    def redirect(self, path: str, to: str) -> str:
        self.pages[path] = (302, {"Location": to}, b"")
        return self.url + path


@contextmanager
def site() -> Iterator[Site]:
    """A site at an address of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = one.pages.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):  # who has seen enough goes
                self.close_connection = True

        def log_message(self, format: str, *words: object) -> None:  # noqa: A002 - the base class's name
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        one = Site(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield one
        finally:
            server.shutdown()
            thread.join()
