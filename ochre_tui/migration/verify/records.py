"""The records that a target returns, each against what its archived source converts to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

from ochre_tui.core.errors import RecordError
from ochre_tui.migration.convert.customers import email_key
from ochre_tui.migration.convert.ids import company_id, conversation_id, customer_id
from ochre_tui.migration.importer.reconvert import Reconverted
from ochre_tui.migration.verify.compare import differences, unreadable
from ochre_tui.migration.verify.context import Verifying
from ochre_tui.migration.verify.model import MEND, Difference, Found
from ochre_tui.ochre.columns import COMPANIES, CUSTOMERS, Table
from ochre_tui.ochre.ids import normal_email
from ochre_tui.ochre.records import Company, Customer, Thread
from ochre_tui.ochre.target import Record
from ochre_tui.store import inventory, people

R = TypeVar("R", bound=Record)
_PAGE = 50


class Kind(ABC, Generic[R]):
    """One kind of record: what should be there, what is, and what to make of either.

    A record that should be there has a name: Intercom's id where it has one.
    """

    name: str

    def __init__(self, v: Verifying) -> None:
        self.v = v

    @abstractmethod
    def count(self) -> int:
        """How many there should be."""

    @abstractmethod
    def expected(self) -> Iterator[tuple[str, str]]:
        """(Ochre's id, name) of each that should be there."""

    @abstractmethod
    def there(self, after: str) -> Iterator[R]:
        """What the target returns, by ascending id."""

    @abstractmethod
    def names(self, page: Sequence[R]) -> Mapping[str, str]:
        """The names of those on this page that should be there, by Ochre's id."""

    @abstractmethod
    def convert(self, name: str) -> R:
        """The record that the archive makes of this name; RecordError where it can't."""

    def id(self, record: R) -> str:
        return str(getattr(record, "id"))  # noqa: B009 - every record but a thread has one

    def met(self, names: Sequence[str], page: Mapping[str, R]) -> Iterator[tuple[str, R | RecordError]]:
        """What each of these names on a page of the target converts to."""
        for name in names:
            try:
                yield name, self.convert(name)
            except RecordError as error:
                yield name, error

    def stray(self, record: R) -> Difference | None:
        """What is wrong with a record that should not be there; None where it is none of ours."""
        return None

    def read_again(self, name: str) -> None:
        """The archive of this one is no good."""


def compare_all(v: Verifying, found: Found, kind: Kind[Any]) -> None:
    """Each record is what its archived source converts to, which also is what a second pass would write."""
    there = kind.there(found.after)
    while page := {kind.id(record): record for record in islice(there, _PAGE)}:
        known = kind.names(list(page.values()))
        ids = {known[id_]: id_ for id_ in page if id_ in known}
        for name, wanted in kind.met(list(ids), page):
            _compare(v, found, kind, name, wanted, page[ids[name]])
        found.odd += [id_ for id_ in page if id_ not in known and kind.stray(page[id_])]
        found.after = list(page)[-1]
        v.turn(found)
    if found.odd or found.number < kind.count():
        _settle(v, found, kind)


def _compare(v: Verifying, found: Found, kind: Kind[Any], name: str, wanted: Any, actual: Any) -> None:
    if isinstance(wanted, RecordError):
        found.compared([unreadable(kind.name, name, wanted.title)])
        kind.read_again(name)
        v.facts.writes += 1
        return
    before = found.right
    found.compared(differences(kind.name, name, wanted, actual))
    if found.right == before:
        v.facts.writes += 1
        v.mend(wanted)


def _settle(v: Verifying, found: Found, kind: Kind[Any]) -> None:
    """What was not met: records that say they are another one than they are, and those that are not there."""
    conn = v.store.conn
    inventory.stage(conn, kind.expected())
    strays = []
    odd = set(found.odd)
    for record in kind.there(""):
        id_ = kind.id(record)
        name = inventory.take_staged(conn, id_)
        if id_ in odd and name is None:
            strays.append(record)
        elif id_ in odd and name is not None:
            for _, wanted in kind.met([name], {id_: record}):
                _compare(v, found, kind, name, wanted, record)
    for record in strays:  # before those that are missing, whose place they may hold
        difference = kind.stray(record)
        if difference is not None:
            found.differ([difference])
            if difference.command:
                v.take_out(type(record), kind.id(record))
    for _, name in inventory.staged(conn):
        for _, wanted in kind.met([name], {}):
            _compare(v, found, kind, name, wanted, None)


class Conversations(Kind[Thread]):
    """Conversations with their messages and attachments; the archive's own counts are taken on the way."""

    name = "conversations"

    def count(self) -> int:
        return inventory.count_conversations(self.v.store.conn)

    def expected(self) -> Iterator[tuple[str, str]]:
        for id_ in inventory.conversations(self.v.store.conn):
            yield conversation_id(self.v.workspace, id_), id_

    def there(self, after: str) -> Iterator[Thread]:
        return self.v.target.threads(after)

    def id(self, record: Thread) -> str:
        return record.conversation.id

    def names(self, page: Sequence[Thread]) -> Mapping[str, str]:
        known = inventory.imported(self.v.store.conn, [thread.conversation.intercom_id for thread in page])
        return {
            thread.conversation.id: thread.conversation.intercom_id
            for thread in page
            if thread.conversation.intercom_id in known and not self.stray(thread)
        }

    def convert(self, name: str) -> Thread:
        return self.v.again.thread(name)

    def met(self, names: Sequence[str], page: Mapping[str, Thread]) -> Iterator[tuple[str, Thread | RecordError]]:
        for name, again in self.v.again.threads(names):
            if isinstance(again, Reconverted):
                self.v.facts.see(name, again.source, page.get(again.thread.conversation.id), self.v.zone)
                yield name, again.thread
            else:
                yield name, again

    def stray(self, record: Thread) -> Difference | None:
        named = record.conversation.intercom_id
        right = conversation_id(self.v.workspace, named)
        if record.conversation.id == right:
            return None
        return Difference(self.name, record.conversation.id, "intercom_id", "nothing", f"conversation {named}", MEND)

    def read_again(self, name: str) -> None:
        self.v.read_again("conversation", name)


class Customers(Kind[Customer]):
    """Customers; every contact is one of them."""

    name = "customers"

    def count(self) -> int:
        return inventory.count_customers(self.v.store.conn)

    def expected(self) -> Iterator[tuple[str, str]]:
        for id_ in inventory.customers(self.v.store.conn):
            yield id_, id_

    def there(self, after: str) -> Iterator[Customer]:
        return self.v.target.records(CUSTOMERS, after)

    def names(self, page: Sequence[Customer]) -> Mapping[str, str]:
        written = inventory.written_customers(self.v.store.conn, [customer.id for customer in page])
        return {id_: id_ for id_ in written}

    def convert(self, name: str) -> Customer:
        return self.v.again.customer(name)

    def stray(self, record: Customer) -> Difference | None:
        conn = self.v.store.conn
        if inventory.known_customers(conn, [record.id]):
            return None
        if record.id in {customer_id(self.v.workspace, contact) for contact in record.intercom_ids}:
            return None  # once imported, and left there when the person was forgotten here
        if record.intercom_ids:
            claims = f"contacts {', '.join(record.intercom_ids)}"
            return Difference(self.name, record.id, "intercom_ids", "nothing", claims, MEND)
        contact = people.contact_by_key(conn, email_key(normal_email(record.email))) if record.email else None
        if contact is None:
            return None
        return Difference(self.name, record.id, "email", "one customer", f"a second one of {record.email}")

    def read_again(self, name: str) -> None:
        self.v.read_again("contact", *(contact for contact, _ in people.members(self.v.store.conn, name)))


class Companies(Kind[Company]):
    name = "companies"

    def __init__(self, v: Verifying) -> None:
        super().__init__(v)
        self._ids = {company_id(v.workspace, id_): id_ for id_ in inventory.companies(v.store.conn)}

    def count(self) -> int:
        return len(self._ids)

    def expected(self) -> Iterator[tuple[str, str]]:
        yield from self._ids.items()

    def there(self, after: str) -> Iterator[Company]:
        return self.v.target.records(COMPANIES, after)

    def names(self, page: Sequence[Company]) -> Mapping[str, str]:
        return {company.id: self._ids[company.id] for company in page if company.id in self._ids}

    def convert(self, name: str) -> Company:
        return self.v.again.company(name)

    def stray(self, record: Company) -> Difference | None:
        if record.id == company_id(self.v.workspace, record.intercom_id):
            return None
        return Difference(self.name, record.id, "intercom_id", "nothing", f"company {record.intercom_id}", MEND)

    def read_again(self, name: str) -> None:
        self.v.read_again("company", name)


@dataclass(frozen=True, slots=True)
class Wanted(Generic[R]):
    """A record that should be there, or why it can't be told."""

    name: str
    record: R | RecordError


class Few(Kind[R]):
    """A kind of which there are so few that all that is expected is in hand, by Ochre's id.

    `right_id` gives the id that a record's Intercom ids stand for, None where it claims none.
    """

    def __init__(
        self,
        v: Verifying,
        name: str,
        table: Table[R],
        wanted: Mapping[str, Wanted[R]],
        right_id: Callable[[R], str | None] = lambda record: None,
    ) -> None:
        super().__init__(v)
        self.name = name
        self._table = table
        self._wanted = wanted
        self._names = {wanted.name: wanted.record for wanted in wanted.values()}
        self._right_id = right_id

    def count(self) -> int:
        return len(self._wanted)

    def expected(self) -> Iterator[tuple[str, str]]:
        for id_, wanted in self._wanted.items():
            yield id_, wanted.name

    def there(self, after: str) -> Iterator[R]:
        return self.v.target.records(self._table, after)

    def names(self, page: Sequence[R]) -> Mapping[str, str]:
        return {id_: self._wanted[id_].name for record in page if (id_ := self.id(record)) in self._wanted}

    def convert(self, name: str) -> R:
        found = self._names[name]
        if isinstance(found, RecordError):
            raise found
        return found

    def stray(self, record: R) -> Difference | None:
        right = self._right_id(record)
        if right is None or right == self.id(record):
            return None
        return Difference(self.name, self.id(record), "id", "nothing", f"a second one of {right}", MEND)
