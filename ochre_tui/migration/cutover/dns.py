"""The mail's records in the DNS: where mail goes (MX), and what vouches for what Ochre sends (SPF, DKIM)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import dns.exception
import dns.rdatatype
import dns.resolver
from dns.asyncresolver import Resolver

from ochre_tui.core.text import clean_line
from ochre_tui.migration.cutover.entering import server_of
from ochre_tui.migration.cutover.finding import CANT_TELL, DONE, NOT_YET, Finding
from ochre_tui.migration.cutover.settings import Entered

MX, SPF, DKIM = "mx", "spf", "dkim"
INTERCOMS = ("intercom-mail.com", "intercom.io", "intercom.com")
_SECONDS = 8.0
_NO_DOMAIN = "The domain of your support address was not entered."


async def check_mail(values: Entered, resolver: Callable[[], Resolver] | None = None) -> list[Finding]:
    """What the DNS says; `resolver` makes what asks it, else the name server entered is asked, or the system's."""
    try:
        asks = resolver() if resolver else _resolver(values.name_server)
    except (dns.exception.DNSException, OSError):
        return [Finding(item, CANT_TELL, "This machine has no name server.") for item in (MX, SPF, DKIM)]
    return list(await asyncio.gather(_mx(asks, values), _spf(asks, values), _dkim(asks, values)))


def _resolver(name_server: str | None) -> Resolver:
    if name_server is None:
        found = Resolver()
    else:
        address, port = server_of(name_server)
        found = Resolver(configure=False)
        found.nameservers = [address]
        found.port = port
    found.lifetime = _SECONDS
    return found


class _Unanswered(Exception):  # noqa: N818 - it says what happened
    """The DNS could not be asked; its text says why."""


async def _ask(resolver: Resolver, name: str, kind: str) -> list[Any]:
    """The records of a name, none where the DNS says that there is none."""
    try:
        answer = await resolver.resolve(f"{name}.", kind, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.Timeout:
        raise _Unanswered(f"No name server answers about {name}.") from None
    except (dns.exception.DNSException, OSError) as error:
        raise _Unanswered(f"The DNS can't be asked about {name} ({type(error).__name__}).") from None
    return list(answer)


async def _mx(resolver: Resolver, values: Entered) -> Finding:
    name = values.mx_name
    if name is None:
        return Finding(MX, CANT_TELL, _NO_DOMAIN)
    try:
        records = await _ask(resolver, name, "MX")
    except _Unanswered as why:
        return Finding(MX, CANT_TELL, str(why))
    hosts = [_said(one.exchange) for one in sorted(records, key=lambda one: (one.preference, str(one.exchange)))]
    return _mx_found(name, hosts, values.mx_host)


def _mx_found(name: str, hosts: Sequence[str], wanted: str | None) -> Finding:
    if not hosts:
        return Finding(MX, NOT_YET, f"{name} has no MX record.")
    where = f"Mail to {name} goes to {_listed(hosts)}"
    others = [host for host in hosts if host != wanted]
    if wanted in hosts and not others:
        return Finding(MX, DONE, f"{where}, as Ochre shows it.")
    if wanted in hosts:
        return Finding(MX, NOT_YET, f"{where}: beside Ochre's host others are left, {_listed(others)}.")
    if wanted:
        return Finding(MX, NOT_YET, f"{where}, not to {wanted}.")
    if any(_within(host, INTERCOMS) for host in hosts):
        return Finding(MX, NOT_YET, f"{where}, which is Intercom's.")
    return Finding(MX, CANT_TELL, f"{where}; enter the MX host that Ochre shows, to have it compared.")


async def _spf(resolver: Resolver, values: Entered) -> Finding:
    if values.domain is None:
        return Finding(SPF, CANT_TELL, _NO_DOMAIN)
    try:
        texts = [_text(one) for one in await _ask(resolver, values.domain, "TXT")]
    except _Unanswered as why:
        return Finding(SPF, CANT_TELL, str(why))
    found = [text for text in texts if text.casefold().split(" ", 1)[0] == "v=spf1"]
    if not found:
        return Finding(SPF, NOT_YET, f"{values.domain} has no SPF record.")
    if len(found) > 1:
        return Finding(SPF, NOT_YET, f"{values.domain} has {len(found)} SPF records; with more than one, none counts.")
    record = f"The SPF record of {values.domain} is “{clean_line(found[0], 160)}”"
    wanted = values.spf_include
    if wanted is None:
        return Finding(SPF, CANT_TELL, f"{record}; enter the include that Ochre shows, to have it looked for.")
    terms = {term.lstrip("+").rstrip(".") for term in found[0].casefold().split()}
    if f"include:{wanted}" in terms:
        return Finding(SPF, DONE, f"{record}: it includes {wanted}.")
    return Finding(SPF, NOT_YET, f"{record}: it does not include {wanted}.")


async def _dkim(resolver: Resolver, values: Entered) -> Finding:
    name = values.dkim_name
    if values.domain is None:
        return Finding(DKIM, CANT_TELL, _NO_DOMAIN)
    if name is None:
        return Finding(DKIM, CANT_TELL, "The DKIM selector that Ochre shows was not entered.")
    try:
        texts = [_text(one) for one in await _ask(resolver, name, "TXT")]
        aliases = [_said(one.target) for one in await _ask(resolver, name, "CNAME")] if values.dkim_is_alias else []
    except _Unanswered as why:
        return Finding(DKIM, CANT_TELL, str(why))
    keys = [key for text in texts if (key := _key(text)) is not None]
    if values.dkim_is_alias and aliases != [values.dkim_record]:
        where = f"leads to {_listed(aliases)}, not" if aliases else "does not lead"
        return Finding(DKIM, NOT_YET, f"{name} {where} to {values.dkim_record}.")
    if not keys:
        return Finding(DKIM, NOT_YET, f"{name} has no DKIM record.")
    if not any(keys):
        return Finding(DKIM, NOT_YET, f"The DKIM record at {name} holds no key: it is revoked.")
    wanted = None if values.dkim_is_alias or values.dkim_record is None else _key(values.dkim_record)
    if wanted is not None and wanted not in keys:
        return Finding(DKIM, NOT_YET, f"The DKIM record at {name} has another key than Ochre shows.")
    same = " as Ochre shows it" if values.dkim_record else ""
    return Finding(DKIM, DONE, f"{name} has a DKIM record with a key{same}.")


def _key(record: str) -> str | None:
    """The public key in a DKIM record; "" where it is revoked, None where there is none."""
    tags = dict(part.strip().partition("=")[::2] for part in record.split(";"))
    found = {name.strip(): "".join(value.split()) for name, value in tags.items()}
    return None if found.get("v", "DKIM1") != "DKIM1" else found.get("p")


def _text(record: Any) -> str:
    return b"".join(record.strings).decode("utf-8", "replace")


def _said(name: Any) -> str:
    return clean_line(name.to_text(omit_final_dot=True).lower())


def _within(host: str, domains: Sequence[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _listed(hosts: Sequence[str]) -> str:
    shown = ", ".join(hosts[:3])
    return f"{shown} and {len(hosts) - 3} more" if len(hosts) > 3 else shown
