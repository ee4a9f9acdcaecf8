"""One operation of the API, from which its route is made, and the OpenAPI 3.1 document of all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from starlette.requests import Request

from ochre_tui.ochre.records import Role
from ochre_tui.server.import_api import models
from ochre_tui.server.import_api.limits import Limits
from ochre_tui.server.workspace_pool import WorkspacePool

_ABOUT = """\
An import API of ochre-tui's embedded workspace. Ochre's own import API is not public; this one is not Ochre's.

Records are idempotent by id: what is sent again changes nothing, and within one run is answered as the first time.
Nothing that is imported sets anything off, and every record keeps the times that it is given.
"""
_RATE = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
_ALWAYS = {
    400: "The request is no valid JSON, or was cut short",
    401: "The token is missing or not known",
    403: "The token's role may not import",
    413: "The request is larger than the limits allow",
    415: "The body is no JSON",
    422: "A value is not as it should be; `field` names it",
    429: "Too many requests; wait as long as `Retry-After` says",
    503: "The workspace can't be used at the moment",
    507: "The server's disk is full",
}
_NAMED = {404: "There is no such record, or no record could have such a name"}
"""Where the path holds a value: one with a line break leads nowhere."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in; `parameters` and `body` are what the operation's models made of it."""

    pool: WorkspacePool
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


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document."""
    used = [(model, mode) for model, mode in _models(operations)]
    schemas, definitions = models_json_schema(used, ref_template="#/components/schemas/{model}")
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "ochre-tui import API", "version": models.VERSION, "description": _ABOUT},
        "servers": [{"url": "/import/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _models(operations: Iterable[Operation]) -> Iterable[tuple[type[BaseModel], JsonSchemaMode]]:
    yield models.Refusal, "serialization"
    for operation in operations:
        if operation.body:
            yield operation.body, "validation"
        for answer in (operation.answer, *operation.refusals.values()):
            if answer:
                yield answer, "serialization"


def _operation(operation: Operation, schemas: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"operationId": operation.name, "summary": operation.summary}
    if operation.parameters:
        described["parameters"] = list(_parameters(operation))
    if operation.body:
        described["requestBody"] = {"required": True, "content": _json(schemas[operation.body, "validation"])}
    if operation.sends_bytes:
        described["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    content = None
    if operation.answer:
        content = _json(schemas[operation.answer, "serialization"])
    elif operation.status != 204:
        content = {operation.answer_type: {}}
    described["responses"] = {str(operation.status): _response("Done", content)}
    refusal = schemas[models.Refusal, "serialization"]
    always = _ALWAYS | _NAMED if "{" in operation.path else _ALWAYS
    for status, about in always.items():
        own = operation.refusals.get(status)
        body = {"anyOf": [schemas[own, "serialization"], refusal]} if own else refusal
        described["responses"][str(status)] = _response(about, _json(body))
    return described


def _parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    assert operation.parameters is not None
    schema = operation.parameters.model_json_schema()
    for name, described in schema["properties"].items():
        in_path = f"{{{name}}}" in operation.path
        yield {
            "name": name,
            "in": "path" if in_path else "query",
            "required": in_path or name in schema.get("required", ()),
            "schema": described,
        }


def _response(about: str, content: dict[str, Any] | None) -> dict[str, Any]:
    headers = {name: {"schema": {"type": "integer"}} for name in _RATE}
    return {"description": about, "headers": headers, **({"content": content} if content else {})}


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
