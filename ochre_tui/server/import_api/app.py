"""The import API as an application: who may ask, how often and how much, then the operation."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.records import Role
from ochre_tui.server.import_api import reading, writing
from ochre_tui.server.import_api.errors import ApiError, invalid, unusable
from ochre_tui.server.import_api.limits import Limits, Quota, Windows
from ochre_tui.server.import_api.models import Batch
from ochre_tui.server.import_api.operation import Call, Operation, document
from ochre_tui.server.workspace_pool import WorkspacePool

_MAY_IMPORT = ("owner", "admin")
_JSON = "application/json"


def operations() -> list[Operation]:
    """Everything that the API can do."""
    return [*reading.operations(), *writing.operations()]


def import_api(
    pool: WorkspacePool,
    clock: Callable[[], float],
    verify: Callable[[EmbeddedWorkspace, str], Role | None],
    limits: Limits,
) -> Starlette:
    """The API on the workspace that `pool` opens."""
    gate = _Gate(pool, clock, verify, limits)
    spec = orjson.dumps(document(operations()))

    async def openapi(_: Request) -> Response:
        return Response(spec, media_type=_JSON)

    routes = [Route("/openapi.json", openapi, methods=["GET"])]
    routes += [Route(_starlette_path(each.path), gate.endpoint(each), methods=[each.method]) for each in operations()]
    return Starlette(routes=routes, exception_handlers={HTTPException: no_such_operation, Exception: _unexpected})


def _starlette_path(path: str) -> str:
    """The last value in a path may hold slashes too."""
    return f"{path[:-1]}:path}}" if path.endswith("}") else path


class _Gate:
    """Lets a request through to its operation, or says why not."""

    def __init__(
        self,
        pool: WorkspacePool,
        clock: Callable[[], float],
        verify: Callable[[EmbeddedWorkspace, str], Role | None],
        limits: Limits,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._verify = verify
        self._limits = limits
        self._windows = Windows(limits.requests_per_window, limits.window_s, clock)

    def endpoint(self, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
        """The operation as Starlette calls it."""

        async def endpoint(request: Request) -> Response:
            rate_headers: dict[str, str] = {}
            try:
                role, quota = await self._authorise(request)
                rate_headers = quota.headers()
                if quota.exceeded:
                    raise ApiError(429, "rate_limited", f"More than {quota.limit} requests; wait {quota.wait_s} s")
                response = await self._perform(operation, request, role)
            except ApiError as error:
                response = _refused(error)
            except OchreTuiError as error:
                response = _refused(unusable(error))
            response.headers.update(rate_headers)
            return response

        return endpoint

    async def _authorise(self, request: Request) -> tuple[Role, Quota]:
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        token = rest.strip()
        if scheme.lower() != "bearer" or not token:
            raise _unauthorised("Give an API token: Authorization: Bearer TOKEN")
        role = await self._pool.read(lambda workspace: self._verify(workspace, token))
        if role is None:
            raise _unauthorised("This API token is not known")
        if role not in _MAY_IMPORT:
            raise ApiError(403, "insufficient_role", f"The token has the role {role}; importing takes owner or admin")
        return role, self._windows.take(hashlib.sha256(token.encode()).hexdigest())

    async def _perform(self, operation: Operation, request: Request, role: Role) -> Response:
        parameters = _parameters(operation, request)
        body = await self._body(operation.body, request) if operation.body else None
        answer = await operation.handle(Call(self._pool, self._limits, self._clock, role, parameters, body, request))
        if isinstance(answer, Response):
            return answer
        if isinstance(answer, BaseModel):
            answer = answer.model_dump_json().encode()
        return Response(answer, operation.status, media_type=None if answer is None else operation.answer_type)

    async def _body(self, model: type[BaseModel], request: Request) -> Any:
        if request.headers.get("content-type", _JSON).partition(";")[0].strip().lower() != _JSON:
            raise ApiError(415, "not_json", f"The body has to be {_JSON}")
        sent = await _received(request, self._limits.batch_bytes)
        # Reading a large batch takes a while: not in the loop that all requests share.
        return await self._pool.read(lambda _: _validated(model, sent))


def _validated(model: type[BaseModel], sent: bytes) -> Any:
    try:
        return model.model_validate_json(sent)
    except ValidationError as error:
        refusal = writing.malformed(error, sent) if model is Batch else None
        raise refusal or invalid(_errors_of(error), "The body is not as it should be") from error


def _parameters(operation: Operation, request: Request) -> Any:
    if operation.parameters is None:
        return None
    given: Mapping[str, Any] = {**request.query_params, **request.path_params}
    try:
        return operation.parameters.model_validate(given)
    except ValidationError as error:
        raise invalid(_errors_of(error), "The parameters are not as they should be") from error


def _errors_of(error: ValidationError) -> list[Any]:
    return list(error.errors(include_url=False, include_context=False, include_input=False))


async def _received(request: Request, most: int) -> bytes:
    """The body, refused as soon as it is known to be too large."""
    too_large = ApiError(413, "body_too_large", f"At most {most} bytes are taken; send smaller batches")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        raise too_large
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > most:
                raise too_large
            parts.append(part)
    except ClientDisconnect as error:
        raise ApiError(400, "incomplete", "The connection ended before the body did") from error
    return b"".join(parts)


def _unauthorised(message: str) -> ApiError:
    return ApiError(401, "unauthorized", message, headers={"WWW-Authenticate": "Bearer"})


def _refused(error: ApiError) -> Response:
    return Response(error.body.model_dump_json(), error.status, dict(error.headers), _JSON)


async def _unexpected(_: Request, error: Exception) -> Response:
    del error  # nobody outside is told; whoever runs the server hears of it, as it is raised again
    return _refused(ApiError(500, "unexpected", "Something unexpected happened; the server's log says what"))


async def no_such_operation(_: Request, error: Exception) -> Response:
    """The answer to a path or method that the API does not have."""
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "refused")
    return _refused(ApiError(error.status_code, code, error.detail, headers=error.headers))
