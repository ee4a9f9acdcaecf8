"""What can stand between an importer and its server: canned answers, and a proxy that loses them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

Cut = Callable[[str, str], bool]
"""Whether the answer to this method and path is lost."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server says to everything."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@contextmanager
def answering(*answers: Answer) -> Iterator[str]:
    """The address of a server that gives these answers, the last one again and again."""
    left = list(answers)

    class Handler(_Quiet):
        def handle_request(self) -> None:
            self.read_body()
            answer = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

    with _serving(Handler) as url:
        yield url


@contextmanager
def losing(upstream: str, cut: Cut) -> Iterator[str]:
    """The address of a proxy that hands every request on, and drops the connection where `cut` says so: when the
    server has done what was asked, before its answer is heard."""
    with httpx.Client(base_url=upstream, trust_env=False, timeout=60) as there:

        class Handler(_Quiet):
            def handle_request(self) -> None:
                headers = {
                    name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")
                }
                answer = there.request(self.command, self.path, headers=headers, content=self.read_body())
                self.close_connection = True
                if cut(self.command, self.path):
                    return
                self.send_response(answer.status_code)
                for name, value in answer.headers.items():
                    if name.lower() not in ("connection", "transfer-encoding", "content-length", "date"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.content)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(answer.content)

        with _serving(Handler) as url:
            yield url


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_request(self) -> None:
        raise NotImplementedError

    def read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    do_GET = do_POST = do_PUT = lambda self: self.handle_request()  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
