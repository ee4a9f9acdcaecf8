"""Which addresses a file may come from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.core.errors import UsageError
from ochre_tui.core.network import is_loopback
from ochre_tui.intercom.hosts import FileHosts, is_public

INTERCOM = FileHosts()


@pytest.mark.parametrize(
    "host",
    [
        "downloads.intercomcdn.com",
        "downloads.intercomcdn.eu",
        "downloads.eu.intercomcdn.com",
        "downloads.au.intercomcdn.com",
        "acme-0123456789ab.intercom-attachments-1.com",
        "acme-0123456789ab.intercom-attachments-9.com",
        "acme.intercom-attachments.eu",
        "acme.au.intercom-attachments.com",
        "uploads.intercomusercontent.com",
        "gifs.intercomcdn.com",
        "video-messages.intercomcdn.com",
        "static.intercomassets.com",
        "static.intercomassets.eu",
        "messenger-apps.intercom.io",
        "messenger-apps.eu.intercom.io",
        "messenger-apps-2.intercom.io",
        "DOWNLOADS.intercomcdn.COM",
    ],
)
def test_intercom_s_own(host: str) -> None:
    assert INTERCOM.allows(f"https://{host}/i/o/1/2/file%20name.png?expires=1&signature=2")
    assert INTERCOM.allows(f"https://{host}:443/i/o/résumé.pdf")
    assert not INTERCOM.allows(f"http://{host}/i/o/1")
    assert not INTERCOM.allows(f"https://{host}:8443/i/o/1")
    assert not INTERCOM.allows(f"https://{host}.example.com/i/o/1")
    assert not INTERCOM.allows(f"https://user:pass@{host}/i/o/1")
    assert not INTERCOM.allows(f"https://example.com/{host}")
    assert not INTERCOM.allows(f"https://x{host.replace('.', '-')}/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///etc/passwd",
        "ftp://downloads.intercomcdn.com/x",
        "//downloads.intercomcdn.com/x",
        "https://",
        "https://evilintercomcdn.com/x",
        "https://api.intercom.io/x",
        "https://app.intercom.com/x",
        "https://intercom-attachments-10.com/x",
        "https://a.intercom-attachments-0.com/x",
        "https://downloads.intercomcdn.com\\@example.com/x",
        "https://downloads.intercomcdn.com\n.example.com/x",
        "https://downloads.intercomcdn.com:99999/x",
        "https://127.0.0.1/x",
        "http://127.0.0.1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest",
        "https://downloads。intercomcdn.com/x",
    ],
)
def test_nothing_else(url: str) -> None:
    assert not INTERCOM.allows(url)


def test_named_hosts() -> None:
    hosts = FileHosts.parse(" files.example.com, 127.0.0.1:8090 ,[::1]:9000,localhost,")
    assert hosts.allows("https://files.example.com/a")
    assert hosts.allows("https://files.example.com:8443/a")
    assert not hosts.allows("http://files.example.com/a")
    assert not hosts.allows("https://x.files.example.com/a")
    assert hosts.allows("http://127.0.0.1:8090/a")
    assert hosts.allows("https://127.0.0.1:8090/a")
    assert not hosts.allows("http://127.0.0.1:8091/a")
    assert not hosts.allows("http://127.0.0.1/a")
    assert hosts.allows("http://[::1]:9000/a")
    assert hosts.allows("http://localhost:1234/a")
    assert hosts.allows("https://downloads.intercomcdn.com/a")
    assert FileHosts.parse(None) == FileHosts.parse("") == FileHosts()


@pytest.mark.parametrize(
    "names", ["https://files.example.com", "a b", "host:port", "a/b", "user@host", "host:1:2", "*"]
)
def test_names_that_are_no_hosts(names: str) -> None:
    with pytest.raises(UsageError):
        FileHosts.parse(names)


@given(st.text(max_size=100))
def test_no_text_breaks_it(text: str) -> None:
    for url in (text, "https://" + text):
        assert not INTERCOM.allows(url) or url.lower().startswith("https://")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("no address", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_loopback() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.9.9.9", "::1")))
    assert not any(map(is_loopback, ("example.com", "localhost.example.com", "10.0.0.1", "0.0.0.0", "")))
