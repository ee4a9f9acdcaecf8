"""The first question to a server: whether it speaks the contract, for whom, and how much it takes."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from pydantic import BaseModel, ValidationError

from ochre_tui.core.errors import CredentialError, UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.ochre.http import api_paths
from ochre_tui.ochre.http.client import UNKNOWN, HttpClient, error_of, refuse_token


class _Workspace(BaseModel):
    id: str
    slug: str
    name: str


class _Limits(BaseModel):
    records_per_batch: int
    batch_bytes: int
    file_bytes: int


class _Document(BaseModel):
    contract: str
    version: str
    workspace: _Workspace
    role: str
    kinds: list[str]
    limits: _Limits
    writes: int
    state: str | None = None
    back_dated: bool
    sets_off: dict[str, bool]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The workspace behind a server, the token's role, and the largest requests.

    `state` is another text whenever records may have been written; None where the server does not tell.
    """

    workspace_id: str
    slug: str
    name: str
    version: str
    role: str
    records_per_batch: int
    batch_bytes: int
    file_bytes: int
    writes: int
    state: str | None


def read_capabilities(client: HttpClient) -> Capabilities:
    """What the server says of itself.

    Raises UsageError naming what was found where it is no server of this contract or would set something off,
    CredentialError where the token is not accepted or may not import.
    """
    answer = client.get_response(api_paths.CAPABILITIES)
    document = _read(client.url, answer)
    if document.contract != api_paths.CONTRACT:
        raise _refused(client.url, f"a server of the contract {document.contract}")
    if document.version.partition(".")[0] != api_paths.MAJOR_VERSION:
        raise _refused(client.url, f"version {document.version} of the contract, and this program speaks version 1")
    if document.role not in api_paths.MAY_IMPORT:
        raise CredentialError(
            f"The token for Ochre has the role {clean_line(document.role, 40)}.",
            meaning="Nothing was written there.",
            advice="Importing takes the token of an owner or admin.",
        )
    if missing := sorted(set(api_paths.KINDS.values()) - set(document.kinds)):
        raise _refused(client.url, f"a server that takes no {', '.join(missing)}")
    if not document.back_dated:
        raise _refused(client.url, "a server that gives imported records the time of the import")
    if loud := sorted(name for name, on in document.sets_off.items() if on):
        raise _refused(client.url, f"a server on which importing sets off {', '.join(loud)}")
    if min(document.limits.records_per_batch, document.limits.batch_bytes, document.limits.file_bytes) < 1:
        raise _refused(client.url, "a server that takes nothing")
    return Capabilities(
        workspace_id=document.workspace.id,
        slug=document.workspace.slug,
        name=document.workspace.name,
        version=document.version,
        role=document.role,
        records_per_batch=document.limits.records_per_batch,
        batch_bytes=document.limits.batch_bytes,
        file_bytes=document.limits.file_bytes,
        writes=document.writes,
        state=document.state,
    )


def _read(url: str, answer: httpx.Response) -> _Document:
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if answer.is_redirect:
        raise _refused(url, f"a redirect to {answer.headers.get('Location', 'nowhere')}")
    if kind != "application/json":
        raise _refused(url, f"HTTP {answer.status_code} and {_described(kind)}")
    if answer.status_code in (401, 403) and error_of(answer)[0] != UNKNOWN:
        refuse_token(answer)
    if answer.status_code != 200:
        raise _refused(url, f"HTTP {answer.status_code}")
    try:
        return _Document.model_validate_json(answer.content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise _refused(url, f"other JSON ({f'{field}: ' if field else ''}{first['msg']})") from error


def _described(kind: str) -> str:
    return {"text/html": "an HTML page", "": "no content type"}.get(kind, kind)


def _refused(url: str, actual: str) -> UsageError:
    return UsageError(
        f"{clean_line(url, 80)} does not speak {api_paths.NAME}. Found: {clean_line(actual, 200)}.",
        meaning="Nothing was written there.",
        advice="Give the address of a server that does, such as `ochre-tui serve` prints.",
    )
