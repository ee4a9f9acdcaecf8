"""Contacts and companies, counted row by row."""

from __future__ import annotations

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.models import Company, Contact, Json
from ochre_tui.migration.convert.customers import contact_keys
from ochre_tui.migration.scan.merges import Merges
from ochre_tui.migration.scan.seen import Seen
from ochre_tui.migration.scan.usage import Usage


class Contacts:
    """What contact rows tell."""

    def __init__(self, usage: Usage) -> None:
        self.usage = usage
        self.merges = Merges()
        self.seen = Seen()
        self.notes = 0
        self.sub_lists = 0

    def add(self, row: Json) -> None:
        """Take in a row; one without an id is none, one met before counts once."""
        try:
            contact = Contact.read(row)
        except RecordError:
            return
        if not self.seen.add(contact.id):
            return
        self.merges.add(contact.id, contact_keys(contact))
        self.usage.add(contact.custom_attributes)
        self.notes += contact.notes.total_count or len(contact.notes.data)
        # Each is a request of its own when the contact is imported.
        self.sub_lists += contact.tags.has_more + contact.companies.has_more


class Companies:
    """What company rows tell."""

    def __init__(self, usage: Usage) -> None:
        self.usage = usage
        self.seen = Seen()

    def add(self, row: Json) -> None:
        """Take in a row; one without an id is none, one met before counts once."""
        try:
            company = Company.read(row)
        except RecordError:
            return
        if self.seen.add(company.id):
            self.usage.add(company.custom_attributes)
