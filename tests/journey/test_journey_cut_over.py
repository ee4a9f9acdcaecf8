"""`cutover check` and `winddown check`: a site, a name server and an Intercom, all on loopback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ochre_tui.sandbox.config import Sandbox
from ochre_tui.sandbox.server import Running, running
from tests.support.command_line import CommandLine, cli_at
from tests.support.name_server_and_site import name_server, site

OCHRE = '<script src="https://ochrehq.com/api/widget/embed"></script>'
MESSENGER = "<script>s.src='https://widget.intercom.io/widget/x1'</script>"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=25, seed=4)) as one:
        yield one


@pytest.fixture(scope="module")
def imported(sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    cli = cli_at(tmp_path_factory.mktemp("cut-over"), sandbox)
    cli.ready()
    cli.run()
    ended = int(time.time())
    while int(time.time()) == ended:  # the seconds tell what came first
        time.sleep(0.01)
    return cli


@pytest.fixture
def cli(imported: CommandLine, tmp_path: Path) -> CommandLine:
    return imported.copied(tmp_path / "home")


def checked(cli: CommandLine, group: str, *options: str, **environment: str) -> dict[str, dict[str, Any]]:
    ran = cli.call(group, "check", *options, "--json", **environment)
    assert ran.exit == 0, ran.said
    return {one["id"]: one for one in ran.json["items"]}


def states(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {item: one["state"] for item, one in found.items()}


def test_nothing_is_known_yet(cli: CommandLine) -> None:
    assert states(checked(cli, "cutover")) == {
        "catch-up": "not yet",
        "widget": "can't tell",
        "messenger": "can't tell",
        "test-chat": "not yet",
        "mx": "can't tell",
        "spf": "can't tell",
        "dkim": "can't tell",
        "collector": "can't tell",
        "test-mail": "not yet",
        "side-effects": "not yet",
    }


def test_a_cut_over_from_its_beginning_to_its_end(cli: CommandLine, sandbox: Running) -> None:
    with site() as page, name_server() as names:
        names.zone = {("acme.example", "MX"): ["10 mail.old.example."]}
        page.show(MESSENGER)
        values = ["--site", page.url, "--domain", "help@acme.example", "--mx-host", "in.ochre.example"]
        values += ["--spf-include", "spf.ochre.example", "--dkim-selector", "o1", "--name-server", names.address]
        before = checked(cli, "cutover", *values)
        assert {before[item]["state"] for item in ("widget", "messenger", "mx", "spf", "dkim")} == {"not yet"}
        assert "mail.old.example" in before["mx"]["evidence"]

        page.show(OCHRE + MESSENGER)
        assert "side by side" in checked(cli, "cutover")["messenger"]["evidence"]  # the values were kept

        page.show(OCHRE)
        names.zone = {
            ("acme.example", "MX"): ["10 in.ochre.example."],
            ("acme.example", "TXT"): ['"v=spf1 include:spf.ochre.example ~all"'],
            ("o1._domainkey.acme.example", "TXT"): ['"v=DKIM1; p=AAAA"'],
        }
        cli.do("catch-up", expect=3)  # files that Intercom has lost
        for item in ("test-chat", "test-mail", "side-effects", "cut over"):
            cli.do("cutover", "done", item)
        after = checked(cli, "cutover")
        assert set(states(after).values()) == {"done"}, after
        assert "ticked it off" in after["test-chat"]["evidence"]
        assert "Nothing began in Intercom by e-mail" in after["collector"]["evidence"]

    offline = checked(cli, "cutover", OCHRE_TUI_INTERCOM_URL=NOBODY)
    assert {offline[item]["state"] for item in ("widget", "messenger", "mx", "spf", "dkim", "collector")} == {
        "can't tell"
    }
    assert {offline[item]["state"] for item in ("catch-up", "test-chat", "side-effects")} == {"done"}
    kept = {one["id"]: one["finding"] for one in cli.do("cutover", "list", "--json").json}
    assert kept["mx"]["state"] == "can't tell"
    assert kept["mx"]["at"] > 0
    said = cli.do("cutover", "check", OCHRE_TUI_INTERCOM_URL=NOBODY).out
    assert "can't tell" in said
    assert offline["widget"]["evidence"] in said


def test_customers_who_still_reach_intercom_are_seen(cli: CommandLine, sandbox: Running) -> None:
    cli.do("cutover", "done", "cut over")
    later = int(time.time()) + 60
    changes = [{"change": "new_conversation", "at": later + number} for number in range(6)]
    made = sandbox.control("changes", changes=changes)["results"]
    found = checked(cli, "cutover")
    channels = {one["source"]["type"] for one in made}
    assert channels & {"email", "conversation"}
    for channel, items in (("email", ("collector", "test-mail")), ("conversation", ("test-chat",))):
        number = sum(one["source"]["type"] == channel for one in made)
        for item in items:
            assert (f"{number} conversation" in found[item]["evidence"]) is (number > 0), found[item]
            assert found[item]["state"] == "not yet" or not number


def test_a_value_that_is_none_is_refused(cli: CommandLine) -> None:
    ran = cli.call("cutover", "check", "--domain", "no domain", "--json")
    assert ran.exit == 2
    assert "no domain name" in ran.json["error"]


def test_winding_down(cli: CommandLine, sandbox: Running) -> None:
    before = checked(cli, "winddown")
    assert states(before) == {
        "read-only": "not yet",
        "last-run": "not yet",
        "hand-over": "not yet",
        "cancel": "not yet",
        "revoke-intercom": "not yet",
        "revoke-ochre": "done",
        "wipe": "not yet",
    }
    assert str(cli.folder) in before["wipe"]["evidence"]
    dates = cli.home / "dates.ics"
    assert cli.call("winddown", "calendar", str(dates)).exit == 2
    assert not dates.exists()
    cli.do("cutover", "done", "cut over")
    assert "30 of 30 days" in checked(cli, "winddown")["read-only"]["evidence"]
    assert "before the cut-over" in checked(cli, "winddown")["last-run"]["evidence"]
    cli.do("winddown", "calendar", str(dates))
    assert dates.read_bytes().count(b"BEGIN:VEVENT") == 2
    cli.do("catch-up", expect=3)  # files that Intercom has lost
    cli.do("export", str(cli.home / "hand-over.zip"))
    after = checked(cli, "winddown", OCHRE_TUI_INTERCOM_TOKEN="another-token")
    assert {after[item]["state"] for item in ("last-run", "hand-over", "revoke-intercom")} == {"done"}
    assert "401" in after["revoke-intercom"]["evidence"]
    offline = checked(cli, "winddown", OCHRE_TUI_INTERCOM_URL=NOBODY)
    assert offline["revoke-intercom"]["state"] == "can't tell"
