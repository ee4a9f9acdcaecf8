"""What may be entered for the cut-over, and what is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ochre_tui.core.errors import UsageError
from ochre_tui.migration.audit.log import entries
from ochre_tui.migration.cutover.checklist import cut_over_items
from ochre_tui.migration.cutover.entering import enter
from ochre_tui.migration.cutover.settings import Entered, entered
from ochre_tui.migration.home import Home
from ochre_tui.migration.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Home(tmp_path).create("acme")


def kept_in(session: Session) -> Entered:
    with session.store() as store:
        return entered(store)


@pytest.mark.parametrize(
    ("key", "text", "kept"),
    [
        ("site", "acme.com", "https://acme.com"),
        ("site", "http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
        ("domain", "help@Acme.com", "acme.com"),
        ("domain", "müller.example", "xn--mller-kva.example"),
        ("mx_host", "10 In.Ochre.example.", "in.ochre.example"),
        ("spf_include", "v=spf1 include:spf.ochre.example ~all", "spf.ochre.example"),
        ("spf_include", "spf.ochre.example", "spf.ochre.example"),
        ("dkim_selector", "ochre1._domainkey.acme.com", "ochre1"),
        ("dkim_record", '"v=DKIM1; p=AA" "BB"', "v=DKIM1; p=AA BB"),
        ("dkim_record", "key.ochre.example.", "key.ochre.example"),
        ("name_server", "127.0.0.1:5353", "127.0.0.1:5353"),
        ("name_server", "2620:fe::fe", "2620:fe::fe"),
    ],
)
def test_what_is_kept(session: Session, key: str, text: str, kept: str) -> None:
    assert getattr(enter(session, {key: f" {text} "}), key) == kept
    assert kept_in(session) == Entered(**{key: kept})
    assert enter(session, {key: ""}) == Entered()


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("site", "http://acme.com"),
        ("site", "https://10.0.0.1/"),
        ("site", "https://user@acme.com/"),
        ("site", "javascript://acme.com"),
        ("domain", "acme"),
        ("domain", "10.0.0.1"),
        ("domain", "a" * 70 + ".com"),
        ("domain", "acme.com\x1b[31m"),
        ("mx_host", "not a host"),
        ("spf_include", "v=spf1 ~all"),
        ("dkim_selector", "a b"),
        ("dkim_record", "v=DKIM1; p=\x1b[2J"),
        ("name_server", "dns.example"),
        ("name_server", "127.0.0.1:99999"),
    ],
)
def test_what_is_refused(session: Session, key: str, text: str) -> None:
    with pytest.raises(UsageError):
        enter(session, {key: text})
    assert kept_in(session) == Entered()


def test_what_was_entered_is_noted_once(session: Session) -> None:
    for _ in range(2):
        enter(session, {"domain": "acme.com"})
    assert [entry.facts for entry in entries(session.paths)] == [{"domain": "acme.com"}]


def test_records_to_paste() -> None:
    values = Entered(
        domain="acme.com",
        inbox="inbox.acme.com",
        mx_host="in.ochre.example",
        spf_include="spf.ochre.example",
        dkim_selector="o1",
        dkim_record="v=DKIM1; p=AA",
    )
    pastes = {item.id: item.paste for item in cut_over_items("x1", "acme", values)}
    assert pastes["mx"] == "inbox.acme.com.  MX  10  in.ochre.example."
    assert pastes["spf"] == 'acme.com.  TXT  "v=spf1 include:spf.ochre.example ~all"'
    assert pastes["dkim"] == 'o1._domainkey.acme.com.  TXT  "v=DKIM1; p=AA"'
    alias = Entered(domain="acme.com", dkim_selector="o1", dkim_record="key.ochre.example")
    assert {item.id: item.paste for item in cut_over_items("x1", "acme", alias)}["dkim"] == (
        "o1._domainkey.acme.com.  CNAME  key.ochre.example."
    )
    bare = {item.id: item.paste for item in cut_over_items("x1", "acme", Entered())}
    assert bare["mx"] is bare["spf"] is bare["dkim"] is None
