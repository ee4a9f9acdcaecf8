"""The bytes of attachments: a download, or an image of a kind that a browser can't run anything of."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from ochre_tui.ochre.embedded import reads
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.records import Attachment
from ochre_tui.server.pages.responses import NotFoundError

_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def attachment(workspace: EmbeddedWorkspace, request: Request) -> Response:
    """The file of an attachment."""
    with workspace.snapshot() as conn:
        found = reads.attachment(conn, request.path_params["id"])
    if found is None:
        raise NotFoundError("There is no such attachment in this workspace.")
    files = workspace.files
    if not found.sha256 or found.state != "stored" or not files.has(found.sha256):
        raise NotFoundError(f"The bytes of this attachment are missing: {found.reason or 'not stored'}.")
    declared = (found.content_type or "").partition(";")[0].strip().lower()
    shown = declared in _SHOWN
    media_type = declared if shown else "application/octet-stream"
    headers = {
        "Content-Disposition": _disposition("inline" if shown else "attachment", found),
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    }
    if files.key is None:
        return FileResponse(files.path(found.sha256), media_type=media_type, headers=headers)
    headers["Content-Length"] = str(files.size(found.sha256))
    return StreamingResponse(files.chunks(found.sha256), media_type=media_type, headers=headers)


def _disposition(how: str, found: Attachment) -> str:
    """The name in plain ASCII, and as it is (RFC 5987)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in found.name).strip() or "file"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name, safe='', errors='replace')}"
