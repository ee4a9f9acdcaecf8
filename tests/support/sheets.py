"""Sheets of nothing but names, to be written as CSV."""

from __future__ import annotations

from ochre_tui.migration.mapping.admins import AdminSheet
from ochre_tui.migration.mapping.fields import FieldSheet
from ochre_tui.migration.plan.model import AdminEntry, FieldEntry
from ochre_tui.migration.scan.result import ScannedAdmin, ScannedField
from ochre_tui.ochre.records import User


def admins(*names: str, entries: dict[str, AdminEntry] | None = None) -> AdminSheet:
    found = [
        ScannedAdmin(id=str(place), name=name, email=None, is_bot=False, removed=False)
        for place, name in enumerate(names, start=1)
    ]
    return AdminSheet(found, [User("usr_1", "ana@example.com", "Ana", "agent", "active")], entries or {})


def fields(*names: str, entries: dict[str, FieldEntry] | None = None) -> FieldSheet:
    found = [
        ScannedField(scope="contact", name=name, label=name, data_type="string", options=[], archived=False)
        for name in names
    ]
    return FieldSheet(found, (), {("contact", name): entry for name, entry in (entries or {}).items()})
