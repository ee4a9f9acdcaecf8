"""Customers: who there is, and one of them with fields, companies and conversations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from ochre_tui.ochre.columns import COMPANIES, CUSTOMERS
from ochre_tui.ochre.embedded import listings
from ochre_tui.ochre.embedded.listings import names
from ochre_tui.ochre.embedded.reads import record
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.records import Company, Conversation, Customer
from ochre_tui.ochre.target import Hit
from ochre_tui.server.pages import paging
from ochre_tui.server.pages.responses import NotFoundError, answer, named

_MOST_WORDS = 200
_MOST_COMPANIES = 50


@dataclass(frozen=True, slots=True)
class Customers:
    """The customers added last, or those found by words: which of their fields it was, by id, is in `matched`."""

    words: str | None
    customers: Sequence[Customer | Hit]
    matched: Mapping[str, str]
    next: str | None


@dataclass(frozen=True, slots=True)
class CustomerPage:
    customer: Customer
    companies: Sequence[Company]
    conversations: Sequence[Conversation]
    names: Mapping[str, str]
    next: str | None


def customers(workspace: EmbeddedWorkspace, request: Request) -> Response:
    words = request.query_params.get("q", "").strip()[:_MOST_WORDS]
    if words:
        hits = workspace.search(words, paging.PER_PAGE)
        facts = Customers(words, hits, {hit.id: hit.matched.replace("_", " ") for hit in hits}, None)
    else:
        with workspace.snapshot() as conn:
            found = listings.customers(conn, paging.asked_after(request), paging.PER_PAGE + 1)
        page, following = paging.page_of(request.url.path, found)
        facts = Customers(None, page, {}, following)
    return answer(request, "customers", facts, workspace=workspace.name)


def customer(workspace: EmbeddedWorkspace, request: Request) -> Response:
    with workspace.snapshot() as conn:
        found = record(conn, CUSTOMERS, named(request))
        if found is None:
            raise NotFoundError("There is no such customer in this workspace.")
        companies = [record(conn, COMPANIES, one) for one in found.company_ids[:_MOST_COMPANIES]]
        listed = listings.of_customer(conn, found.id, paging.asked(request), paging.PER_PAGE)
        facts = CustomerPage(
            found,
            [one for one in companies if one],
            listed.conversations,
            names(conn, (id_ for one in listed.conversations for id_ in (*one.customer_ids, one.assignee_id))),
            paging.following(request.url.path, listed.following),
        )
    return answer(request, "customer", facts, workspace=workspace.name)
