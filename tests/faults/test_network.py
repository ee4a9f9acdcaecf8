"""Names that lead nowhere, and certificates that nobody vouches for."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
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

from ochre_tui.core.secret import Secret
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.errors import FileUnavailable, IntercomUnavailable
from ochre_tui.intercom.files import Downloader
from ochre_tui.intercom.hosts import FileHosts
from tests.support.command_line import hurried

Survived = Callable[[str], None]
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
        async with Intercom(TOKEN, f"https://127.0.0.1:{port}", clock=hurried, attempts=3) as client:
            await client.get("/me")

    async def fetch(port: int) -> None:
        hosts = FileHosts.parse(f"127.0.0.1:{port}")
        async with Downloader(hosts, clock=hurried) as downloader:
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
        async with Intercom(TOKEN, "https://api.intercom.invalid", clock=hurried, attempts=3) as client:
            await client.get("/me")

    async def fetch() -> None:
        async with Downloader(FileHosts.parse("files.intercom.invalid"), clock=hurried) as downloader:
            await downloader.download("https://files.intercom.invalid/file", tmp_path / "file")

    with pytest.raises(IntercomUnavailable) as gone:
        asyncio.run(ask())
    assert gone.value.exit_code == 5
    with pytest.raises(FileUnavailable, match="its host is not found") as missing:
        asyncio.run(fetch())
    assert not missing.value.permanent
    survived("R4 Names that DNS does not know")
