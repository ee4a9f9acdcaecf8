"""Contacts and companies, counted row by row."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.models import Company, Contact, Json
from ochre_tui.migration.convert.customers import components, contact_keys
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


class Merges:
    """Contacts and the keys that link them, 16 bytes a key and an id's length a contact."""

    def __init__(self) -> None:
        self._hashes = array("Q")
        self._owners = array("Q")
        self._ids = bytearray()
        self._ends = array("Q")

    def add(self, contact_id: str, keys: Iterable[str]) -> None:
        """Take in one contact."""
        owner = len(self._ends)
        self._ids += contact_id.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._ids))
        for key in keys:
            digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            self._hashes.append(int.from_bytes(digest))
            self._owners.append(owner)

    def groups(self) -> list[list[str]]:
        """Ids of the contacts of each customer that is made of several."""
        shared = _repeated(self._hashes)
        pairs = zip(self._owners, self._hashes, strict=True)
        return components((self._id(owner), str(key)) for owner, key in pairs if key in shared)

    def _id(self, owner: int) -> str:
        start = self._ends[owner - 1] if owner else 0
        return self._ids[start : self._ends[owner]].decode("utf-8", "surrogatepass")


def _repeated(hashes: Iterable[int]) -> set[int]:
    repeated, before = set(), -1
    for key in sorted(hashes):
        if key == before:
            repeated.add(key)
        before = key
    return repeated
