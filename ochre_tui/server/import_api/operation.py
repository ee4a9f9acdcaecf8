"""One operation of the API: what the routes and the document are both made from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request

from ochre_tui.ochre.records import Role
from ochre_tui.server.import_api.limits import Limits
from ochre_tui.server.workspace_pool import Rooms


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in; `parameters` and `body` are what the operation's models made of it."""

    rooms: Rooms
    limits: Limits
    clock: Callable[[], float]
    role: Role
    parameters: Any
    body: Any
    request: Request


@dataclass(frozen=True, slots=True)
class Operation:
    """`parameters` are those of path and query; `body` is what is sent as JSON (`sends_bytes`: a stream instead).

    `handle` gives an answer of the model `answer`, bytes of JSON that fit it, None for an empty one, or a response.
    `refusals` are the models of answers, by status, in which it fails otherwise than every operation.
    """

    method: str
    path: str
    name: str
    summary: str
    handle: Callable[[Call], Awaitable[Any]]
    parameters: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    sends_bytes: bool = False
    answer: type[BaseModel] | None = None
    status: int = 200
    answer_type: str = "application/json"
    refusals: dict[int, type[BaseModel]] = field(default_factory=dict)
