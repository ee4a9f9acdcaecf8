"""Paths of Intercom's own pages, to the conversation or customer that was meant.

What stands behind `#` never reaches a server: browsers keep it over a redirect, and find it among the message's ids.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ochre_tui.core.intercom_paths import contact_in, conversation_in
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.server.pages.responses import NotFoundError

_LONGEST = 2000


def old_link(workspace: EmbeddedWorkspace, request: Request) -> Response:
    """To where an Intercom path leads now; whatever else it is, nothing is here."""
    path = request.url.path
    if len(path) <= _LONGEST and request.method in {"GET", "HEAD"}:
        address = conversation_address(workspace, path) or customer_address(workspace, path)
        if address:
            return RedirectResponse(address, 308)
    raise NotFoundError("There is no such page.")


def conversation_address(workspace: EmbeddedWorkspace, path: str) -> str | None:
    """The address of the conversation that an Intercom path leads to; None if it leads to none."""
    intercom_id = conversation_in(path)
    if intercom_id is None:
        return None
    conversation_id = workspace.behind_alias("intercom_conversation", intercom_id)
    if conversation_id is None:
        raise NotFoundError(f"The Intercom conversation {intercom_id} is not in this workspace.")
    return f"/conversations/{conversation_id}"


def customer_address(workspace: EmbeddedWorkspace, path: str) -> str | None:
    """The address of the customer that an Intercom contact became; None if the path leads to none."""
    intercom_id = contact_in(path)
    if intercom_id is None:
        return None
    customer_id = workspace.behind_alias("intercom_contact", intercom_id)
    if customer_id is None:
        raise NotFoundError(f"The Intercom contact {intercom_id} is not in this workspace.")
    return f"/customers/{customer_id}"
