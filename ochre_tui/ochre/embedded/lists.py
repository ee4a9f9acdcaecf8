"""Lists of customers, companies and saved replies as people read them, a page at a time from after a record's id."""

# ruff: noqa: S608 - the statements are put together from this module's own pieces

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, TypeVar

from ochre_tui.ochre.columns import COMPANIES, CUSTOMERS, SAVED_REPLIES, Table
from ochre_tui.ochre.embedded.search_index import words
from ochre_tui.ochre.records import Company, Customer, SavedReply

R = TypeVar("R")
_COMPANY = "coalesce(name, '') COLLATE NOCASE"
_REPLY = "title COLLATE NOCASE"


def customers(conn: sqlite3.Connection, after: str | None, limit: int) -> list[Customer]:
    """Those that were added last come first."""
    where = "n < (SELECT n FROM customers WHERE id = ?)" if after else "TRUE"
    return _listed(conn, CUSTOMERS, f"{where} ORDER BY n DESC", [after] if after else [], limit)


def companies(conn: sqlite3.Connection, after: str | None, limit: int) -> list[Company]:
    """By name."""
    where = f"({_COMPANY}, n) > (SELECT {_COMPANY}, n FROM companies WHERE id = ?)" if after else "TRUE"
    return _listed(conn, COMPANIES, f"{where} ORDER BY {_COMPANY}, n", [after] if after else [], limit)


def companies_called(conn: sqlite3.Connection, text: str, limit: int) -> list[Company]:
    """By the beginnings of the words in their names."""
    # Nothing to escape: words are letters and digits.
    query = " ".join(f'"{word}" *' for word in words(text))
    if not query:
        return []
    found = "n IN (SELECT rowid FROM company_search WHERE company_search MATCH ? LIMIT ?)"
    return _listed(conn, COMPANIES, f"{found} ORDER BY {_COMPANY}, n", [query, limit], limit)


def customers_of(conn: sqlite3.Connection, company_id: str, after: str | None, limit: int) -> list[Customer]:
    """The customers of a company, those that were added last first."""
    of = "SELECT customer FROM customer_companies WHERE company_id = ?"
    values = [company_id]
    if after:
        of += " AND customer < (SELECT n FROM customers WHERE id = ?)"
        values.append(after)
    return _listed(
        conn, CUSTOMERS, f"n IN ({of} ORDER BY customer DESC LIMIT ?) ORDER BY n DESC", [*values, limit], limit
    )


def saved_replies(conn: sqlite3.Connection, after: str | None, limit: int) -> list[SavedReply]:
    """By title."""
    where = f"({_REPLY}, n) > (SELECT {_REPLY}, n FROM saved_replies WHERE id = ?)" if after else "TRUE"
    return _listed(conn, SAVED_REPLIES, f"{where} ORDER BY {_REPLY}, n", [after] if after else [], limit)


def _listed(conn: sqlite3.Connection, table: Table[R], which: str, values: Sequence[Any], limit: int) -> list[R]:
    return [table.read(row) for row in conn.execute(f"{table.select} WHERE {which} LIMIT ?", (*values, limit))]
