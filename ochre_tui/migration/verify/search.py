"""A sample of customers, looked for as people look for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ochre_tui.core.errors import RecordError
from ochre_tui.migration.verify.context import Verifying
from ochre_tui.migration.verify.model import MEND, Difference, Found
from ochre_tui.ochre.columns import COMPANIES, CUSTOMERS
from ochre_tui.ochre.records import Customer
from ochre_tui.store import inventory

_SAMPLE = 25
_MOST_HITS = 100
_WORD = re.compile(r"[^\W_]")


def sample(v: Verifying, found: Found) -> None:
    """Some customers, drawn at random, are found by e-mail, name, external id and company."""
    for id_ in _drawn(v):
        try:
            customer = v.again.customer(id_)
        except RecordError:
            continue  # its own check names it, as one that is not there
        if v.target.record(CUSTOMERS, id_) is None:
            continue
        lost = False
        for what, words in _ways(v, customer):
            hits = [hit.id for hit in v.target.search(words, _MOST_HITS)]
            right = id_ in hits or len(hits) == _MOST_HITS  # of so many of one name it may be any
            found.compared([] if right else [Difference("customers", id_, f"search by {what}", words, None, MEND)])
            lost = lost or not right
        if lost:
            v.mend(customer)
        v.turn(found)


def _drawn(v: Verifying) -> list[str]:
    """Ids are hashes: those after a random one are a random sample."""
    conn, start = v.store.conn, f"cus_{v.rng.getrandbits(80):020x}"
    ids = inventory.customers(conn, start, _SAMPLE)
    return ids + [id_ for id_ in inventory.customers(conn, "", _SAMPLE - len(ids)) if id_ not in ids]


def _ways(v: Verifying, customer: Customer) -> Iterator[tuple[str, str]]:
    """(what, words) of everything that this customer should be found by."""
    if customer.email:
        yield "e-mail", customer.email
    if customer.name and _WORD.search(customer.name):
        yield "name", customer.name
    for external_id in customer.external_ids[:1]:
        if _WORD.search(external_id):
            yield "external id", external_id
    company = v.target.record(COMPANIES, customer.company_ids[0]) if customer.company_ids else None
    if company is not None and company.name and _WORD.search(company.name):
        yield "company", company.name
