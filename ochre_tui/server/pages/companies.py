"""Companies: which there are, and one of them with its fields and customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from ochre_tui.ochre.columns import COMPANIES
from ochre_tui.ochre.embedded import listings
from ochre_tui.ochre.embedded.reads import record
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.records import Company, Customer
from ochre_tui.server.pages import paging
from ochre_tui.server.pages.responses import NotFoundError, answer, named

_MOST_WORDS = 200


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


def companies(workspace: EmbeddedWorkspace, request: Request) -> Response:
    """Companies by name, or the first of those whose names have the words."""
    words = request.query_params.get("q", "").strip()[:_MOST_WORDS]
    with workspace.snapshot() as conn:
        if words:
            facts = Companies(words, listings.companies_called(conn, words, paging.PER_PAGE), None)
        else:
            found = listings.companies(conn, paging.asked_after(request), paging.PER_PAGE + 1)
            facts = Companies(None, *paging.page_of(request.url.path, found))
    return answer(request, "companies", facts, workspace=workspace.name)


def company(workspace: EmbeddedWorkspace, request: Request) -> Response:
    with workspace.snapshot() as conn:
        found = record(conn, COMPANIES, named(request))
        if found is None:
            raise NotFoundError("There is no such company in this workspace.")
        customers = listings.customers_of(conn, found.id, paging.asked_after(request), paging.PER_PAGE + 1)
    facts = CompanyPage(found, *paging.page_of(request.url.path, customers))
    return answer(request, "company", facts, workspace=workspace.name)
