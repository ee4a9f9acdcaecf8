"""What a page is asked for, and what it answers with: one set of facts, as HTML for people or as JSON for programs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from ochre_tui.core.text import clean, clean_line
from ochre_tui.core.wording import day_and_time, size, timestamp
from ochre_tui.ochre.embedded.listings import Mark

PER_PAGE = 50
_SUFFIX = ".json"
_MOST_WORDS = 200
_MARK = re.compile(r"([0-9]{1,15})\.([0-9]{1,15})")


class _WithId(Protocol):
    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=_WithId)


class NotFoundError(Exception):
    """What a page was asked for is not there; says so to whoever asked."""


class NotUnderstoodError(Exception):
    """The address asks for something that can't be; says so to whoever asked."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no page."""

    error: str


def respond(request: Request, template: str, facts: Any, *, workspace: str, status: int = 200) -> Response:
    """`facts` through `template`, or as JSON where that is asked for; a dataclass, whose JSON is its fields."""
    if _wants_json(request):
        return Response(orjson.dumps(facts), status, {"Vary": "Accept"}, "application/json")
    page = _ENVIRONMENT.get_template(f"{template}.html.j2").render(facts=facts, workspace=workspace)
    return Response(page, status, {"Vary": "Accept"}, "text/html; charset=utf-8")


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return request.url.path.endswith(_SUFFIX) or ("application/json" in accepted and "text/html" not in accepted)


def requested_id(request: Request) -> str:
    """The id in the path, with or without `.json` behind it."""
    return str(request.path_params["id"]).removesuffix(_SUFFIX)


def search_words(request: Request) -> str | None:
    """The words that are searched for; None for none."""
    return request.query_params.get("q", "").strip()[:_MOST_WORDS] or None


def before_mark(request: Request) -> Mark | None:
    """Where the page of a list by time begins; None for the first one."""
    text = request.query_params.get("before", "")
    if not text:
        return None
    mark = _MARK.fullmatch(text)
    if not mark:
        raise NotUnderstoodError("There is no such page of this list.")
    return Mark(int(mark[1]), int(mark[2]))


def after_id(request: Request) -> str | None:
    """The id of the record that the page begins after; None for the first one."""
    return request.query_params.get("after") or None


def next_url(path: str, mark: Mark | None, **query: str | None) -> str | None:
    """The address of the page after this one; None if there is none."""
    return None if mark is None else link(path, **query, before=f"{mark.newest}.{mark.n}")


def page_of(path: str, records: Sequence[R], **query: str | None) -> tuple[Sequence[R], str | None]:
    """A page of the records that were asked for, one more than it takes, and the address of the next page if any."""
    if len(records) <= PER_PAGE:
        return records, None
    page = records[:PER_PAGE]
    return page, link(path, **query, after=page[-1].id)


def link(path: str, **query: str | None) -> str:
    """A path with what it asks for; what is None or empty is left out."""
    encoded = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{encoded}" if encoded else path


def _cleaned(value: Any) -> Any:
    """What an expression of a template comes to, without characters that could steer how it is read."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _value(value: Any) -> str:
    """A field's value in a line: text as it is, lists with commas, anything deeper as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple) and not any(isinstance(item, Mapping | list) for item in value):
        return ", ".join(_value(item) for item in value)
    return orjson.dumps(value).decode()


_ENVIRONMENT = Environment(
    loader=PackageLoader(__package__),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_cleaned,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {"day": day_and_time, "iso": timestamp, "size": size, "value": _value, "line": clean_line}
