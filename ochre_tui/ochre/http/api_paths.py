"""All that is particular to the service behind the HTTP target: its paths, names and how a request is signed.

Ochre's own import API is not public. This is ochre-tui's, which `serve` offers; when Ochre publishes or hands over
its API, it is fitted here.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ochre_tui.core.secret import Secret
from ochre_tui.ochre.columns import Table
from ochre_tui.ochre.records import (
    AliasKind,
    Company,
    Customer,
    CustomField,
    SavedReply,
    Tag,
    Thread,
    User,
)

NAME = "the import API of ochre-tui"
CONTRACT = "ochre-import"
MAJOR_VERSION = "1"
MAY_IMPORT = ("owner", "admin")

_BASE = "/import/v1"
CAPABILITIES = f"{_BASE}/capabilities"
BATCHES = f"{_BASE}/batches"
REMOVALS = f"{_BASE}/removals"
EDITS = f"{_BASE}/edits"
THREADS = f"{_BASE}/threads"
ATTACHMENTS = f"{_BASE}/attachments"
KNOWN_FILES = f"{_BASE}/files/known"
SWEEP_FILES = f"{_BASE}/files/sweep"
FILE_DIFFERENCES = f"{_BASE}/file-differences"
CUSTOMER_SEARCH = f"{_BASE}/customer-search"
EXPORT = f"{_BASE}/export"

KINDS: dict[type[Any], str] = {
    User: "user",
    CustomField: "custom_field",
    Tag: "tag",
    Company: "company",
    Customer: "customer",
    SavedReply: "saved_reply",
    Thread: "thread",
}
"""What each type of record is called in batches and removals."""


def auth_headers(token: Secret) -> dict[str, str]:
    """The headers that sign a request."""
    return {"Authorization": f"Bearer {token.unwrap()}"}


def records(table: Table[Any]) -> str:
    return f"{_BASE}/{table.name}"


def record(collection: str, record_id: str) -> str:
    return f"{collection}/{quote(record_id, safe='')}"


def alias(kind: AliasKind, value: str) -> str:
    return f"{_BASE}/aliases/{kind}/{quote(value, safe='')}"


def file(sha256: str) -> str:
    return f"{_BASE}/files/{sha256}"
