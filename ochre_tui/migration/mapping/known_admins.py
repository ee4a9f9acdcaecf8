"""Intercom's admins as the sheet of decisions lists them: those of the scan, and those that were met since."""

from __future__ import annotations

from collections.abc import Iterator

from ochre_tui.migration.importer.finalize import unlisted_staff
from ochre_tui.migration.scan.result import AdminFound, ScanResult
from ochre_tui.store import admin_parts
from ochre_tui.store.store import Store


def admins_known(store: Store, scanned: ScanResult, workspace: str) -> list[AdminFound]:
    """Every admin of the scan, and those that only imported conversations name; `workspace` is Intercom's."""
    return [*scanned.admins, *_met(store, frozenset(admin.id for admin in scanned.admins), workspace)]


def _met(store: Store, known: frozenset[str], workspace: str) -> Iterator[AdminFound]:
    for id_, user in unlisted_staff(store, workspace, known).items():
        conversations = admin_parts.touched(store.conn, id_).conversations
        yield AdminFound(
            id=id_, name=user.name, email=user.email, is_bot=False, removed=True, conversations=conversations
        )
