"""MX, SPF and DKIM, asked from a real name server."""

from __future__ import annotations

import asyncio

import pytest
from dns.asyncresolver import Resolver

from ochre_tui.migration.cutover.dns import check_mail
from ochre_tui.migration.cutover.finding import CANT_TELL, DONE, NOT_YET, Finding, State
from ochre_tui.migration.cutover.settings import Entered
from tests.support.name_server_and_site import NameServer

MX_NEW = "inbound.ochre.example"
KEY = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQ"
ALL = Entered(
    domain="acme.example",
    inbox="inbox.acme.example",
    mx_host=MX_NEW,
    spf_include="spf.ochre.example",
    dkim_selector="ochre1",
    dkim_record=f"v=DKIM1; k=rsa; p={KEY}",
)
RIGHT = {
    ("inbox.acme.example", "MX"): [f"10 {MX_NEW}."],
    ("acme.example", "TXT"): ['"google-site-verification=1"', '"v=spf1 include:spf.ochre.example ~all"'],
    ("ochre1._domainkey.acme.example", "TXT"): [f'"v=DKIM1; k=rsa; " "p={KEY[:10]}" "{KEY[10:]}"'],
}


def found(names: NameServer, values: Entered, lifetime: float = 2.0) -> dict[str, Finding]:
    def resolver() -> Resolver:
        made = Resolver(configure=False)
        address, _, port = names.address.partition(":")
        made.nameservers, made.port, made.lifetime, made.timeout = [address], int(port), lifetime, lifetime
        return made

    return {one.item: one for one in asyncio.run(check_mail(values, resolver))}


def test_everything_is_as_ochre_shows_it(names: NameServer) -> None:
    names.zone = RIGHT
    told = found(names, ALL)
    assert {item: one.state for item, one in told.items()} == dict.fromkeys(("mx", "spf", "dkim"), DONE)
    assert MX_NEW in told["mx"].evidence


@pytest.mark.parametrize(
    ("records", "values", "state", "evidence"),
    [
        (["10 mail.old.example."], ALL, NOT_YET, "goes to mail.old.example, not to inbound.ochre.example"),
        ([f"10 {MX_NEW}.", "20 mail.old.example."], ALL, NOT_YET, "others are left, mail.old.example"),
        ([f"5 {MX_NEW.upper()}."], ALL, DONE, "as Ochre shows it"),
        ([], ALL, NOT_YET, "has no MX record"),
        (["10 a.example."], Entered(domain="inbox.acme.example"), CANT_TELL, "goes to a.example; enter the MX host"),
        (["10 x.intercom-mail.com."], Entered(domain="inbox.acme.example"), NOT_YET, "which is Intercom's"),
        (["10 a.example."], Entered(), CANT_TELL, "was not entered"),
    ],
)
def test_where_mail_goes(names: NameServer, records: list[str], values: Entered, state: State, evidence: str) -> None:
    names.zone = {("inbox.acme.example", "MX"): records}
    told = found(names, values)["mx"]
    assert (told.state, evidence in told.evidence) == (state, True), told


@pytest.mark.parametrize(
    ("texts", "include", "state", "evidence"),
    [
        ([], "spf.ochre.example", NOT_YET, "has no SPF record"),
        (['"v=spf10 include:spf.ochre.example"'], "spf.ochre.example", NOT_YET, "has no SPF record"),
        (['"v=spf1 -all"'], "spf.ochre.example", NOT_YET, "does not include spf.ochre.example"),
        (['"v=spf1 include:notspf.ochre.example -all"'], "spf.ochre.example", NOT_YET, "does not include"),
        (['"v=spf1 -all"', '"v=spf1 ~all"'], "spf.ochre.example", NOT_YET, "2 SPF records"),
        (['"V=SPF1 +INCLUDE:SPF.ochre.example ~all"'], "spf.ochre.example", DONE, "it includes"),
        (['"v=spf1 " "include:spf.ochre.example ~all"'], "spf.ochre.example", DONE, "it includes"),
        (['"v=spf1 -all"'], None, CANT_TELL, "enter the include"),
    ],
)
def test_who_may_send(names: NameServer, texts: list[str], include: str | None, state: State, evidence: str) -> None:
    names.zone = {("acme.example", "TXT"): texts}
    told = found(names, Entered(domain="acme.example", spf_include=include))["spf"]
    assert (told.state, evidence in told.evidence) == (state, True), told


@pytest.mark.parametrize(
    ("text", "record", "state", "evidence"),
    [
        (None, None, NOT_YET, "has no DKIM record"),
        ('"v=DKIM1; p="', None, NOT_YET, "revoked"),
        ('"something else"', None, NOT_YET, "has no DKIM record"),
        ('"k=rsa; p=AAAA"', None, DONE, "with a key"),
        ('"v=DKIM1; p=AAAA"', "p=BBBB", NOT_YET, "another key"),
        ('"v=DKIM1; p=AA AA"', "v=DKIM1; p=AAAA", DONE, "as Ochre shows it"),
        ('"v=DKIM1; p=AAAA"', "key.ochre.example", NOT_YET, "does not lead to key.ochre.example"),
    ],
)
def test_the_signature(names: NameServer, text: str | None, record: str | None, state: State, evidence: str) -> None:
    names.zone = {("s._domainkey.acme.example", "TXT"): [text]} if text else {}
    told = found(names, Entered(domain="acme.example", dkim_selector="s", dkim_record=record))["dkim"]
    assert (told.state, evidence in told.evidence) == (state, True), told


def test_a_signature_by_another_name(names: NameServer) -> None:
    names.zone = {
        ("s._domainkey.acme.example", "CNAME"): ["key.ochre.example."],
        ("key.ochre.example", "TXT"): ['"v=DKIM1; p=AAAA"'],
    }
    values = Entered(domain="acme.example", dkim_selector="s", dkim_record="key.ochre.example")
    assert found(names, values)["dkim"].state == DONE


@pytest.mark.parametrize("how", ["silent", "refusing"])
def test_a_dead_name_server_tells_nothing(names: NameServer, how: str) -> None:
    setattr(names, how, True)
    told = found(names, ALL, lifetime=0.3)
    assert {one.state for one in told.values()} == {CANT_TELL}
    assert all(one.evidence for one in told.values())


def test_nothing_in_a_record_steers_the_terminal(names: NameServer) -> None:
    names.zone = {("acme.example", "TXT"): [r'"v=spf1 \027[31m\226\128\174 -all"']}
    told = found(names, Entered(domain="acme.example"))["spf"]
    assert "\x1b" not in told.evidence
    assert "\u202e" not in told.evidence
