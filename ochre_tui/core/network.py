"""The way out of this machine: whose certificates are believed, and through which proxy, if through one.

Certificates and host names are always verified, by TLS 1.2 or newer; there is no switch against it. Nothing but our own
variables steers this: neither HTTPS_PROXY nor SSL_CERT_FILE nor a .netrc is read.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from functools import lru_cache
from urllib.parse import urlsplit

from ochre_tui.core.errors import UsageError
from ochre_tui.core.text import clean_line

CA_BUNDLE = "OCHRE_TUI_CA_BUNDLE"
PROXY = "OCHRE_TUI_PROXY"


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or a literal address, no brackets) can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def tls_context() -> ssl.SSLContext:
    """Verifies against Mozilla's list, or against the bundle that the environment names instead.

    Raises UsageError where that bundle can't be used.
    """
    return _context(os.environ.get(CA_BUNDLE) or None)


def proxy() -> str | None:
    """The address of the proxy that the environment asks for; UsageError where it can't be one.

    A proxy looks names up itself. What keeps it from being talked into reaching something else for us is that files
    come by TLS from a host that has a valid certificate for a name on our list.
    """
    named = os.environ.get(PROXY)
    if not named:
        return None
    try:
        parts = urlsplit(named)
        usable = parts.scheme == "http" and parts.hostname and parts.port and not parts.path.strip("/")
    except ValueError:
        usable = None
    if not usable:
        raise UsageError(f"{PROXY} is no address of a proxy.", advice="Give it as http://proxy.example.com:3128.")
    if "@" in parts.netloc:
        raise UsageError(
            f"{PROXY} holds a name or password, and those are not taken from the environment.",
            advice="Let a proxy on this machine add them, and name that one.",
        )
    return f"http://{parts.netloc}"


@lru_cache(maxsize=4)
def _context(bundle: str | None) -> ssl.SSLContext:
    import httpx  # most that ask for a name of this module do without, and start sooner

    # Reading the list takes a while, so once a process.
    try:
        context = (
            ssl.create_default_context(cafile=bundle)
            if bundle
            else httpx.create_ssl_context(verify=True, trust_env=False)
        )
    except (OSError, ValueError) as error:
        reason = "it holds no certificate in PEM" if isinstance(error, ssl.SSLError) else str(error)
        raise UsageError(
            f"The certificates in {clean_line(str(bundle))} can't be used: {clean_line(reason)}.",
            advice=f"{CA_BUNDLE} names a file with the certificates of your authorities in PEM.",
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
