"""What a page answers with: one set of facts, as HTML for people or as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from ochre_tui.core.text import clean, clean_line
from ochre_tui.core.wording import day_and_time, size, timestamp

_SUFFIX = ".json"


class NotFoundError(Exception):
    """What a page was asked for is not there; says so to whoever asked."""


class NotUnderstoodError(Exception):
    """The address asks for something that can't be; says so to whoever asked."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no page."""

    error: str


def answer(request: Request, template: str, facts: Any, *, workspace: str, status: int = 200) -> Response:
    """`facts` through `template`, or as JSON where that is asked for; a dataclass, whose JSON is its fields."""
    if wants_json(request):
        return Response(orjson.dumps(facts), status, {"Vary": "Accept"}, "application/json")
    page = _ENVIRONMENT.get_template(f"{template}.html.j2").render(facts=facts, workspace=workspace)
    return Response(page, status, {"Vary": "Accept"}, "text/html; charset=utf-8")


def wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return request.url.path.endswith(_SUFFIX) or ("application/json" in accepted and "text/html" not in accepted)


def named(request: Request) -> str:
    """The id in the path, with or without `.json` behind it."""
    return str(request.path_params["id"]).removesuffix(_SUFFIX)


def link(path: str, **query: str | None) -> str:
    """A path with what it asks for; what is None or empty is left out."""
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{asked}" if asked else path


def _shown(value: Any) -> Any:
    """What an expression of a template comes to, without characters that could steer how it is read."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _value(value: Any) -> str:
    """A field's value in a line: text as it is, lists with commas, anything deeper as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple) and not any(isinstance(one, Mapping | list) for one in value):
        return ", ".join(_value(one) for one in value)
    return orjson.dumps(value).decode()


_ENVIRONMENT = Environment(
    loader=PackageLoader(__package__),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_shown,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {"day": day_and_time, "iso": timestamp, "size": size, "value": _value, "line": clean_line}
