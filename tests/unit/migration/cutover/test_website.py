"""The site's page, as a real server shows it."""

from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from ochre_tui.migration.cutover.finding import CANT_TELL, DONE, NOT_YET, Finding, State
from ochre_tui.migration.cutover.website import check_site
from tests.support.name_server_and_site import Site

OCHRE = '<script async src="https://ochrehq.com/api/widget/embed" data-workspace="acme"></script>'
INTERCOM = """<script>window.intercomSettings = {app_id: "x1"};(function(){var w=window;
s.src='https://widget.intercom.io/widget/x1';})();</script>"""


def found(url: str | None, resolver: AbstractResolver | None = None) -> dict[str, Finding]:
    return {one.item: one for one in asyncio.run(check_site(url, resolver))}


@pytest.mark.parametrize(
    ("html", "widget", "messenger"),
    [
        (OCHRE, DONE, DONE),
        (INTERCOM, NOT_YET, NOT_YET),
        (OCHRE + INTERCOM, DONE, NOT_YET),
        ("<p>https://ochrehq.com/api/widget/embed, widget.intercom.io</p>", NOT_YET, DONE),
        (f"<!-- {INTERCOM} -->{OCHRE}", DONE, DONE),
        ("<script>\n// s.src='https://widget.intercom.io/x'\nvar a = 1;</script>", NOT_YET, DONE),
        ("<script>s.src='https://js.intercomcdn.com/shim.js'</script>", NOT_YET, NOT_YET),
        ("<script>window.Intercom('boot')</script>", NOT_YET, NOT_YET),
        ("<script>j.src='https://www.googletagmanager.com/gtm.js?id='+i</script>", CANT_TELL, CANT_TELL),
        (f"<script>j.src='https://www.googletagmanager.com/gtm.js'</script>{OCHRE}", DONE, CANT_TELL),
        ("", NOT_YET, DONE),
        ("\x1b[31m" + OCHRE + "\x00<script>window.Intercom", DONE, NOT_YET),
    ],
)
def test_what_is_on_the_page(page: Site, html: str, widget: State, messenger: State) -> None:
    told = found(page.show(html))
    assert (told["widget"].state, told["messenger"].state) == (widget, messenger)


def test_both_side_by_side(page: Site) -> None:
    assert "side by side" in found(page.show(OCHRE + INTERCOM))["messenger"].evidence


def test_a_redirect_on_this_machine_is_followed(page: Site) -> None:
    page.show(OCHRE, "/home")
    assert found(page.redirect("/", "/home"))["widget"].state == DONE


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("http://example.com/", "not encrypted"),
        ("http://169.254.169.254/latest/meta-data", "not public"),
        ("https://10.0.0.1/", "not public"),
        ("https://2130706433.example:x/", "no address"),
        ("file:///etc/passwd", "no address"),
        ("/", "too often"),
    ],
)
def test_a_redirect_to_elsewhere_is_refused(page: Site, to: str, why: str) -> None:
    told = found(page.redirect("/", to))
    assert {one.state for one in told.values()} == {CANT_TELL}
    assert why in told["widget"].evidence


class _Leading(AbstractResolver):
    """Every name leads to this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        return


def test_a_name_that_leads_to_this_machine_is_refused() -> None:
    told = found("https://acme.example/", _Leading())
    assert "not public" in told["widget"].evidence


def test_only_the_beginning_of_a_huge_page_is_read(page: Site) -> None:
    told = found(page.show(OCHRE + "x" * (5 << 20)))
    assert (told["widget"].state, told["messenger"].state) == (DONE, CANT_TELL)
    assert "first 4 MB" in told["messenger"].evidence


def test_no_page(page: Site) -> None:
    for url, why in (
        (None, "No page of your site"),
        (f"{page.url}/gone", "HTTP 404"),
        ("http://127.0.0.1:9/", "no connection"),
    ):
        told = found(url)
        assert {one.state for one in told.values()} == {CANT_TELL}
        assert why in told["widget"].evidence
