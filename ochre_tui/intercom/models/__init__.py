"""Tolerant models of Intercom's JSON: no record that JSON can express stops the import, at worst RecordError."""

from ochre_tui.intercom.models.conversation import (
    Author,
    Conversation,
    FileUpload,
    MailAddress,
    MailMetadata,
    Part,
    Rating,
    Source,
    Ticket,
    is_operator_email,
)
from ochre_tui.intercom.models.people import Admin, Company, Contact, SubList, Team
from ochre_tui.intercom.models.record import Record, Ref, by_id, readable
from ochre_tui.intercom.models.values import Json, decoded, scrub
from ochre_tui.intercom.models.workspace import DataAttribute, Macro, Tag

__all__ = [
    "Admin",
    "Author",
    "Company",
    "Contact",
    "Conversation",
    "DataAttribute",
    "FileUpload",
    "Json",
    "Macro",
    "MailAddress",
    "MailMetadata",
    "Part",
    "Rating",
    "Record",
    "Ref",
    "Source",
    "SubList",
    "Tag",
    "Team",
    "Ticket",
    "by_id",
    "decoded",
    "is_operator_email",
    "readable",
    "scrub",
]
