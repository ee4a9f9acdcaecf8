"""Whose certificates are believed, what goes through a proxy, and where the token goes: over real TLS on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ochre_tui.core.errors import UnreachableError, UsageError
from ochre_tui.core.network import CA_BUNDLE, PROXY, proxy, tls_context
from ochre_tui.core.secret import Secret
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.errors import FileUnavailable
from ochre_tui.intercom.files import Downloader
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.transport import api_transport

TOKEN = "dG9rOmNhbmFyeV81ZDE="


def certificate(folder: Path, name: str = "127.0.0.1") -> tuple[Path, Path]:
    """A key and a certificate that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return pem, secret


@contextlib.asynccontextmanager
async def served(answer: bytes, context: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server on loopback that gives everybody the same answer; its port, and what it was sent."""
    seen: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            seen.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], seen


def http(status: str, body: bytes = b"{}", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def server_side(pem: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    return context


async def asked(url: str) -> Any:
    async with Intercom(Secret(TOKEN), url, transport=api_transport(), attempts=1) as client:
        return await client.get("/me", attempts=1)


def test_certificates_are_verified_against_the_bundle_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem, key = certificate(tmp_path)

    async def main() -> None:
        async with served(http("200 OK", b'{"type": "admin"}'), server_side(pem, key)) as (port, seen):
            with pytest.raises(UnreachableError):
                await asked(f"https://127.0.0.1:{port}")
            assert seen == [], "not a byte before the certificate was believed"
            monkeypatch.setenv(CA_BUNDLE, str(pem))
            assert await asked(f"https://127.0.0.1:{port}") == {"type": "admin"}

    asyncio.run(main())


def test_the_name_in_the_certificate_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem, key = certificate(tmp_path, "127.0.0.2")
    monkeypatch.setenv(CA_BUNDLE, str(pem))

    async def main() -> None:
        async with served(http("200 OK"), server_side(pem, key)) as (port, seen):
            with pytest.raises(UnreachableError):
                await asked(f"https://127.0.0.1:{port}")
            assert seen == []

    asyncio.run(main())


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_other_variables_make_nothing_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    pem, key = certificate(tmp_path)
    monkeypatch.setenv(variable, str(pem if "DIR" not in variable else tmp_path))

    async def main() -> None:
        async with served(http("200 OK"), server_side(pem, key)) as (port, _):
            with pytest.raises(UnreachableError):
                await asked(f"https://127.0.0.1:{port}")

    asyncio.run(main())


def test_tls_is_new_and_verifying() -> None:
    context = tls_context()
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nrubbish\n"])
def test_a_bundle_that_can_t_be_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv(CA_BUNDLE, str(path))
    with pytest.raises(UsageError, match="can't be used") as raised:
        tls_context()
    assert CA_BUNDLE in raised.value.advice


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_the_token_does_not_follow_a_redirect(status: str) -> None:
    async def main() -> None:
        async with served(http("200 OK")) as (elsewhere, there):
            location = f"http://127.0.0.1:{elsewhere}/me"
            async with served(http(status, Location=location)) as (port, here):
                with pytest.raises(UnreachableError):
                    await asked(f"http://127.0.0.1:{port}")
                assert len(here) >= 1
                assert there == []

    asyncio.run(main())


def test_a_file_host_is_never_shown_the_token() -> None:
    async def main() -> None:
        async with served(http("403 Forbidden")) as (port, seen):
            with pytest.raises(FileUnavailable):
                async with Downloader(FileHosts.parse(f"127.0.0.1:{port}")) as downloader:
                    await downloader.download(f"http://127.0.0.1:{port}/f", Path("/nowhere/spool"))
            assert len(seen) == 1
            assert b"authorization" not in seen[0].lower()

    asyncio.run(main())


def test_a_proxy_is_used_only_where_ours_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def main() -> None:
        async with served(http("502 Bad Gateway")) as (port, seen):
            for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
                monkeypatch.setenv(variable, f"http://127.0.0.1:{port}")
            async with served(http("200 OK")) as (here, _):
                await asked(f"http://127.0.0.1:{here}")
            with pytest.raises(UnreachableError):
                await asked("https://intercom.invalid")
            assert seen == []
            monkeypatch.setenv(PROXY, f"http://127.0.0.1:{port}")
            async with served(http("200 OK")) as (here, direct):
                await asked(f"http://127.0.0.1:{here}")
                assert len(direct) == 1, "this machine is asked directly"
            with pytest.raises(UnreachableError):
                await asked("https://intercom.invalid")
            assert seen
            assert seen[0].startswith(b"CONNECT intercom.invalid:443 ")
            assert TOKEN.encode() not in b"".join(seen)
            seen.clear()
            with pytest.raises(FileUnavailable):
                async with Downloader(FileHosts()) as downloader:
                    await downloader.download("https://downloads.intercomcdn.com/f", tmp_path / "spool")
            assert seen[0].startswith(b"CONNECT downloads.intercomcdn.com:443 ")
            seen.clear()
            with pytest.raises(FileUnavailable, match="not public"):
                async with Downloader(FileHosts()) as downloader:
                    await downloader.download("https://169.254.169.254/f", tmp_path / "spool")
            assert seen == []

    asyncio.run(main())


@pytest.mark.parametrize(
    "address", ["proxy", "https://proxy:1", "socks5://proxy:1", "http://proxy", "http://u:p@proxy:1", "http://[::1"]
)
def test_what_is_no_address_of_a_proxy(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv(PROXY, address)
    with pytest.raises(UsageError, match=PROXY) as raised:
        proxy()
    assert "u:p" not in str(raised.value)
