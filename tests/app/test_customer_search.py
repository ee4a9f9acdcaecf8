"""Finding a customer in the app, and from there a conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from ochre_tui.migration.home import Home
from ochre_tui.migration.lookup import conversations_of
from ochre_tui.migration.session import Session
from ochre_tui.ochre.columns import CONVERSATIONS, CUSTOMERS
from ochre_tui.ochre.records import Customer
from ochre_tui.ochre.target import Matched
from ochre_tui.screens.customer_search import _MATCHED, CustomerConversations, CustomerSearch
from ochre_tui.screens.spot_check import SpotCheckScreen
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.record_table import RecordTable
from tests.support.keyboard import settled
from tests.support.known_customer import SOMEBODY, THEIR_COMPANY, WAYS
from tests.support.snapshots import IN_UTC, SIZES, Compare
from tests.support.staged_run import app_of, opened, run_app, shown, until

pytestmark = IN_UTC


def talker(session: Session) -> Customer:
    """A customer with a name, an e-mail and at least two conversations; the first by id."""
    with session.store() as store, session.target() as workspace:
        for customer in workspace.records(CUSTOMERS):
            words = (customer.name or "").split()
            long = words and words[0].isascii() and len(words[0]) > 4
            if long and customer.email and len(conversations_of(store, workspace, customer.id)) > 1:
                return customer
    raise AssertionError("nobody wrote twice")


def typing(*words: str) -> Callable[[Pilot[int]], Any]:
    async def before(pilot: Pilot[int]) -> None:
        await opened(pilot, Step.VERIFY)
        await settled(pilot)
        await pilot.press("f")
        await settled(pilot)
        for word in words:
            if word == "enter":
                await pilot.press(word)
            else:
                pilot.app.screen.query_one(Input).value = word
            await settled(pilot)

    return before


@SIZES
def test_nobody_is_looked_for_yet(imported: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """What one can look by."""
    assert snap_compare(app_of(imported), terminal_size=size, run_before=typing())


@SIZES
def test_customers_are_found(imported: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """Who, and what they were found by."""
    assert snap_compare(app_of(imported), terminal_size=size, run_before=typing("ma"))


@SIZES
def test_their_conversations(imported: Session, snap_compare: Compare, size: tuple[int, int]) -> None:
    """The latest first."""
    email = talker(imported).email or ""
    assert snap_compare(app_of(imported), terminal_size=size, run_before=typing(email, "enter"))


def test_from_a_customer_to_the_spot_check(imported: Session) -> None:
    app = app_of(imported)
    customer = talker(imported)
    name, email = (customer.name or "").split()[0], customer.email or ""
    typo = name[:2] + name[3:] if len(name) > 4 else name

    async def at_the_keys(pilot: Pilot[int]) -> None:
        await opened(pilot, Step.SPOT_CHECK)
        await until(pilot, lambda: "cnv_" in shown(app))
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, CustomerSearch))
        words = app.screen.query_one(Input)
        for said in (typo, name[:4], customer.intercom_ids[0], email):
            words.value = said
            await until(pilot, lambda: email in shown(app))
        words.value = "nobody-of-this-name"
        await until(pilot, lambda: "Nobody was found." in shown(app))
        await pilot.press("enter")
        assert isinstance(app.screen, CustomerSearch)
        words.value = email
        await settled(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, CustomerConversations) and "in Ochre" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CustomerSearch))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, CustomerConversations) and "in Ochre" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, SpotCheckScreen) and f"Intercom {second}" in shown(app))

    with imported.store() as store, imported.target() as workspace:
        listed = conversations_of(store, workspace, customer.id)
        second = listed[1].intercom_id
    run_app(app, at_the_keys)


@pytest.mark.parametrize(("words", "matched"), WAYS)
def test_a_customer_is_found_in_the_app(imported: Session, words: str, matched: Matched) -> None:
    with imported.target() as workspace:
        workspace.put(2, [THEIR_COMPANY, SOMEBODY])
    app = app_of(imported)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        await typing(words)(pilot)
        await until(pilot, lambda: str(SOMEBODY.email) in shown(app) and str(SOMEBODY.name) in shown(app))
        table = app.screen.query_one(RecordTable)
        assert table.row_count == 1
        assert _MATCHED[matched] in {str(cell) for cell in table.get_row_at(0)}

    run_app(app, at_the_keys)


def test_the_conversations_are_those_that_name_the_customer(imported: Session) -> None:
    with imported.store() as store, imported.target() as workspace:
        expected: dict[str, set[str]] = {}
        for conversation in workspace.records(CONVERSATIONS):
            for customer_id in conversation.customer_ids:
                expected.setdefault(customer_id, set()).add(conversation.intercom_id)
        found = {
            customer.id: {one.intercom_id for one in listed}
            for customer in workspace.records(CUSTOMERS)
            if (listed := conversations_of(store, workspace, customer.id))
        }
    assert found == expected


def test_before_an_import_there_is_nobody(home: Any) -> None:
    session = Home(home).open("default")
    app = app_of(session)

    async def at_the_keys(pilot: Pilot[int]) -> None:
        screen = await opened(pilot, Step.SCAN)
        app.action_find_customer()
        await until(pilot, lambda: "Import first." in shown(app))
        assert app.screen is screen

    run_app(app, at_the_keys)
