"""Customers and companies: which there are, and one of them with its fields and whom it has to do with."""

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
from ochre_tui.server.pages.responses import (
    PER_PAGE,
    NotFoundError,
    after_id,
    before_mark,
    next_url,
    page_of,
    requested_id,
    respond,
    search_words,
)

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


@dataclass(frozen=True, slots=True)
class Companies:
    words: str | None
    companies: Sequence[Company]
    next: str | None


@dataclass(frozen=True, slots=True)
class CompanyPage:
    company: Company
    customers: Sequence[Customer]
    next: str | None


def customers(workspace: EmbeddedWorkspace, request: Request) -> Response:
    words = search_words(request)
    if words:
        hits = workspace.search(words, PER_PAGE)
        facts = Customers(words, hits, {hit.id: hit.matched.replace("_", " ") for hit in hits}, None)
    else:
        with workspace.snapshot() as conn:
            rows = listings.customers(conn, after_id(request), PER_PAGE + 1)
        page, following = page_of(request.url.path, rows)
        facts = Customers(None, page, {}, following)
    return respond(request, "customers", facts, workspace=workspace.name)


def customer(workspace: EmbeddedWorkspace, request: Request) -> Response:
    with workspace.snapshot() as conn:
        customer = record(conn, CUSTOMERS, requested_id(request))
        if customer is None:
            raise NotFoundError("There is no such customer in this workspace.")
        companies = [record(conn, COMPANIES, company) for company in customer.company_ids[:_MOST_COMPANIES]]
        page = listings.of_customer(conn, customer.id, before_mark(request), PER_PAGE)
        facts = CustomerPage(
            customer,
            [company for company in companies if company],
            page.conversations,
            names(conn, (id_ for row in page.conversations for id_ in (*row.customer_ids, row.assignee_id))),
            next_url(request.url.path, page.following),
        )
    return respond(request, "customer", facts, workspace=workspace.name)


def companies(workspace: EmbeddedWorkspace, request: Request) -> Response:
    """Companies by name, or the first of those whose names have the words."""
    words = search_words(request)
    with workspace.snapshot() as conn:
        if words:
            facts = Companies(words, listings.companies_called(conn, words, PER_PAGE), None)
        else:
            rows = listings.companies(conn, after_id(request), PER_PAGE + 1)
            facts = Companies(None, *page_of(request.url.path, rows))
    return respond(request, "companies", facts, workspace=workspace.name)


def company(workspace: EmbeddedWorkspace, request: Request) -> Response:
    with workspace.snapshot() as conn:
        company = record(conn, COMPANIES, requested_id(request))
        if company is None:
            raise NotFoundError("There is no such company in this workspace.")
        rows = listings.customers_of(conn, company.id, after_id(request), PER_PAGE + 1)
    facts = CompanyPage(company, *page_of(request.url.path, rows))
    return respond(request, "company", facts, workspace=workspace.name)
