"""Why a request is not fulfilled, as the answer says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ochre_tui.core.errors import DiskFullError, OchreTuiError
from ochre_tui.server.import_api.models import Problem, Refusal


class ApiError(Exception):
    """Ends a request with this status and body."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body = body or Refusal(error=Problem(code=code, message=message, field=field))


def invalid(errors: Sequence[Any], what: str) -> ApiError:
    """What pydantic found wrong with a request; the first error is named."""
    first = errors[0]
    if first["type"] == "json_invalid":
        return ApiError(400, "invalid_json", first["msg"])
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return ApiError(422, "invalid", f"{what}: {first['msg']}{more}", field=path_of(first["loc"]))


def path_of(location: Sequence[int | str]) -> str:
    """`records[3].record.email` for the location that pydantic gives."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def unusable(error: OchreTuiError) -> ApiError:
    """The workspace can't be used at the moment."""
    if isinstance(error, DiskFullError):
        return ApiError(507, "disk_full", error.title)
    return ApiError(503, "workspace_unusable", error.title)
