"""Ids of Ochre records: derived, so that a record made twice is the same record."""

from __future__ import annotations

import hashlib

from ochre_tui.ochre.records import Scope


def derived_id(prefix: str, *parts: str) -> str:
    """`<prefix>_` and 20 hex digits of the SHA-256 of the parts."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{prefix}_{digest[:20]}"


def normal_email(email: str) -> str:
    """The form in which two e-mail addresses are compared: trimmed and case-folded."""
    return email.strip().casefold()


def user_id(email: str) -> str:
    """The id of the team member with this e-mail address."""
    return derived_id("usr", "user", normal_email(email))


def field_id(scope: Scope, key: str) -> str:
    """The id of the custom field with this key."""
    return derived_id("fld", "field", scope, key)
