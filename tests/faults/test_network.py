"""Names that lead nowhere, certificates that nobody vouches for, limits that change, programs that share the quota."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.errors import FileUnavailable, IntercomUnavailable
from ochre_tui.intercom.files import Downloader
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.sandbox.server import Running, Sandbox
from ochre_tui.secret import Secret
from tests.faults.ending import ends_alike, undisturbed_by
from tests.journey.desk import hurried

Survived = Callable[[str], None]
MOST_IN_FLIGHT = 96
TOKEN = Secret("dG9rOmNhbmFyeV8xYzJkM2U0Zg==")


@dataclass(slots=True)
class Listener:
    """A server with a certificate of its own making; `connected` counts its clients, `heard` is what they said."""

    port: int
    connected: int = 0
    heard: bytearray = field(default_factory=bytearray)


@contextmanager
def self_signed(folder: Path) -> Iterator[Listener]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "api.intercom.io")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "own.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as bound:
        listener = Listener(bound.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    connection, _ = bound.accept()
                except OSError:
                    return
                listener.connected += 1
                try:
                    with context.wrap_socket(connection, server_side=True) as secured:
                        listener.heard += secured.recv(10_000)
                except OSError:
                    continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener
        finally:
            bound.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_certificate_that_nobody_vouches_for_gets_no_token(tmp_path: Path, survived: Survived) -> None:
    async def ask(port: int) -> None:
        async with Intercom(TOKEN, f"https://127.0.0.1:{port}", timing=hurried, attempts=3) as client:
            await client.get("/me")

    async def fetch(port: int) -> None:
        hosts = FileHosts.parse(f"127.0.0.1:{port}")
        async with Downloader(hosts, timing=hurried) as downloader:
            await downloader.download(f"https://127.0.0.1:{port}/file", tmp_path / "file")

    with self_signed(tmp_path) as listener:
        with pytest.raises(IntercomUnavailable, match="certificate can't be verified"):
            asyncio.run(ask(listener.port))
        with pytest.raises(FileUnavailable, match="certificate"):
            asyncio.run(fetch(listener.port))
        assert listener.connected > 2  # it was tried again, and each time by the rules
    assert listener.heard == b""
    assert not (tmp_path / "file").exists()
    survived("R4 A certificate that nobody vouches for: never asked insecurely")


def test_a_name_that_leads_nowhere(tmp_path: Path, survived: Survived) -> None:
    async def ask() -> None:
        async with Intercom(TOKEN, "https://api.intercom.invalid", timing=hurried, attempts=3) as client:
            await client.get("/me")

    async def fetch() -> None:
        async with Downloader(FileHosts.parse("files.intercom.invalid"), timing=hurried) as downloader:
            await downloader.download("https://files.intercom.invalid/file", tmp_path / "file")

    with pytest.raises(IntercomUnavailable) as gone:
        asyncio.run(ask())
    assert gone.value.exit_code == 5
    with pytest.raises(FileUnavailable, match="its host is not found") as missing:
        asyncio.run(fetch())
    assert not missing.value.permanent
    survived("R4 Names that DNS does not know")


@contextmanager
def other_program(sandbox: Running) -> Iterator[list[int]]:
    """Another integration that uses the same quota at a steady pace; what it was refused with."""
    refusals: list[int] = []
    ended = threading.Event()
    request = urllib.request.Request(f"{sandbox.url}/me", headers={"Authorization": f"Bearer {sandbox.token}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask() -> None:
        while not ended.wait(0.02):
            try:
                opener.open(request, timeout=10).close()
            except urllib.error.HTTPError as refused:
                refusals.append(refused.code)
                refused.close()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield refusals
    finally:
        ended.set()
        thread.join()


@pytest.mark.long
def test_a_limit_that_changes_and_is_shared_makes_no_storm(tmp_path: Path, survived: Survived) -> None:
    with undisturbed_by(tmp_path, Sandbox(conversations=150, seed=4, rate_limit=0)) as undisturbed:
        sandbox = undisturbed.sandbox
        sandbox.control("limit", limit=100)
        asked = sandbox.control("state")["requests"]["total"]
        sandbox.control("faults", faults=[f"limit=40,after={asked + 150}"])
        desk = undisturbed.desk(tmp_path / "home")
        with other_program(sandbox) as refused_to_other:
            desk.run_hurried()
        refused = sum(sandbox.control("state")["windows"]["refused"].values()) - len(refused_to_other)
        assert refused <= MOST_IN_FLIGHT + 10  # what was under way when the limit fell, then hardly one a window
        sandbox.control("limit", limit=0)
        ends_alike(undisturbed, desk)
    survived("R3 A limit that is lowered midway, and another program that uses the same quota")
