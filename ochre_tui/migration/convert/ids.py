"""Ids of Ochre records, derived from Intercom's: the same record always gets the same id."""

from __future__ import annotations

from ochre_tui.ochre.ids import derived_id, field_id
from ochre_tui.ochre.ids import user_id as user_id_for_email

__all__ = [
    "attachment_id",
    "bot_user_id",
    "company_id",
    "conversation_id",
    "customer_id",
    "field_id",
    "historical_user_id",
    "message_id",
    "saved_reply_id",
    "tag_id",
    "user_id_for_email",
]


def bot_user_id(workspace: str) -> str:
    """The id of the one user that stands for all of Intercom's bots."""
    return derived_id("usr", "bot", workspace)


def historical_user_id(workspace: str, admin_id: str) -> str:
    """The id of a team record without account; not by e-mail, so that it never is that of somebody with one."""
    return derived_id("usr", "admin", workspace, admin_id)


def customer_id(workspace: str, contact_id: str) -> str:
    """The id of the customer whose lowest contact id this is."""
    return derived_id("cus", "contact", workspace, contact_id)


def company_id(workspace: str, intercom_id: str) -> str:
    return derived_id("cmp", "company", workspace, intercom_id)


def conversation_id(workspace: str, intercom_id: str) -> str:
    return derived_id("cnv", "conversation", workspace, intercom_id)


def message_id(workspace: str, intercom_conversation_id: str, part: str, occurrence: int) -> str:
    """`part` is the part's id, or "source" and the source's id; `occurrence` counts from 0 where a part id repeats."""
    return derived_id("msg", "part", workspace, intercom_conversation_id, part, str(occurrence))


def attachment_id(message: str, path: str) -> str:
    """`message` is Ochre's message id, `path` the file's URL without query and fragment."""
    return derived_id("att", message, path)


def tag_id(workspace: str, intercom_id: str) -> str:
    """The id of the tag whose lowest Intercom id this is."""
    return derived_id("tag", "tag", workspace, intercom_id)


def saved_reply_id(workspace: str, macro_id: str) -> str:
    return derived_id("srp", "macro", workspace, macro_id)
