"""Lists of conversations as people look for them: the newest first, by filters and words, a page at a time."""

# ruff: noqa: S608 - the statements are put together from this module's own pieces

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from ochre_tui.ochre.columns import COMPANIES, CONVERSATIONS, CUSTOMERS, SAVED_REPLIES, Table, json_text
from ochre_tui.ochre.embedded.reads import behind_alias
from ochre_tui.ochre.embedded.search import search_as_typed, search_customers
from ochre_tui.ochre.embedded.search_index import words
from ochre_tui.ochre.records import Company, Conversation, Customer, SavedReply
from ochre_tui.ochre.target import Hit

NOBODY = "none"
_MOST_CUSTOMERS = 50
_MOST_FOUND = 10_000
_SUBJECTS = "SELECT rowid, rowid FROM conversation_search WHERE conversation_search MATCH ? ORDER BY rowid {} LIMIT {}"
_MESSAGES = (
    "SELECT n, conversation FROM messages WHERE n IN"
    " (SELECT rowid FROM message_search WHERE message_search MATCH ? ORDER BY rowid {} LIMIT {})"
)
_WORD = re.compile(r"[^\W_]+")


class Mark(NamedTuple):
    """Where a page ends: what comes next is older than this."""

    newest: int
    n: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which conversations; None: whichever. `assignee` is a user's id, an e-mail or NOBODY."""

    status: str | None = None
    channel: str | None = None
    assignee: str | None = None
    tag: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of conversations; `following` is where the next begins. `cut`: not all that have the words were seen."""

    conversations: list[Conversation]
    following: Mark | None
    cut: bool = False


def inbox(conn: sqlite3.Connection, wanted: Filter, after: Mark | None, limit: int) -> Listed:
    """The newest conversations that pass, from after a mark."""
    terms = list(_terms(wanted))
    # The index tells all that filters ask for, and is walked only until the page is full.
    path = "INDEXED BY conversations_inbox"
    cut = False
    if wanted.words:
        numbers, cut = _with_words(conn, wanted.words)
        terms.append(("n IN (SELECT value FROM json_each(?))", (json_text(sorted(numbers)),)))
        path = ""
    if after:
        terms.append(("newest <= ? AND (newest < ? OR n < ?)", (after.newest, *after)))
    where = " AND ".join(f"({term})" for term, _ in terms) or "TRUE"
    query = f"SELECT newest, n FROM conversations {path} WHERE {where} ORDER BY newest DESC, n DESC LIMIT ?"
    rows = conn.execute(query, [*(value for _, of in terms for value in of), limit + 1])
    return _listed(conn, [Mark(*row) for row in rows], limit, cut=cut)


def of_customer(conn: sqlite3.Connection, customer_id: str, after: Mark | None, limit: int) -> Listed:
    """The customer's newest conversations, from after a mark."""
    rows = conn.execute(
        "SELECT newest, conversation FROM conversation_customers WHERE customer_id = ?"
        " AND (newest, conversation) < (?, ?) ORDER BY newest DESC, conversation DESC LIMIT ?",
        (customer_id, *(after or (1 << 62, 0)), limit + 1),
    )
    return _listed(conn, [Mark(*row) for row in rows], limit)


def channels(conn: sqlite3.Connection) -> list[str]:
    """The channels there are, by one look-up each however many conversations there are."""
    found: list[str] = []
    next_one = "SELECT min(channel) FROM conversations WHERE channel > ?"
    while (channel := conn.execute(next_one, (found[-1] if found else "",)).fetchone()[0]) is not None:
        found.append(channel)
    return found


def tag_names(conn: sqlite3.Connection, most: int) -> list[str]:
    """The tags that a filter can offer, by name."""
    return [
        name for (name,) in conn.execute("SELECT DISTINCT name FROM tags ORDER BY name COLLATE NOCASE LIMIT ?", (most,))
    ]


def assignees(conn: sqlite3.Connection, most: int) -> dict[str, str]:
    """Who conversations can be assigned to, by what a filter takes: an id, or an e-mail of somebody without account."""
    rows = conn.execute(
        "SELECT iif(state = 'historical', email, id), coalesce(nullif(name, ''), email, id) FROM users"
        " WHERE is_bot = 0 AND (state <> 'historical' OR email IS NOT NULL) ORDER BY 2 COLLATE NOCASE LIMIT ?",
        (most,),
    )
    return dict(rows.fetchall())


def _terms(wanted: Filter) -> Iterator[tuple[str, Sequence[Any]]]:
    if wanted.status:
        yield "status = ?", (wanted.status,)
    if wanted.channel:
        yield "channel = ?", (wanted.channel,)
    if wanted.assignee == NOBODY:
        yield "assignee_id IS NULL AND assignee_email IS NULL", ()
    elif wanted.assignee:
        yield "assignee_id = ? OR assignee_email = ?", (wanted.assignee, wanted.assignee)
    if wanted.tag:
        # The quick look at the JSON's text leaves little that has to be read as JSON.
        exact = "json_valid(tags) AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)"
        yield f"instr(tags, ?) AND {exact}", (json_text(wanted.tag), wanted.tag)


def _with_words(conn: sqlite3.Connection, text: str) -> tuple[set[int], bool]:
    """Conversations by words of their subject or of one of their messages, by who takes part, or by the id that they
    had in Intercom; and whether there are more.

    Only where there are none the words may be misspelt names of customers.
    """
    found, cut = _by_text(conn, text)
    found |= _of_customers(conn, search_as_typed(conn, text, _MOST_CUSTOMERS))
    if known := behind_alias(conn, "intercom_conversation", text.strip()):
        found |= {n for (n,) in conn.execute("SELECT n FROM conversations WHERE id = ?", (known,))}
    return found or _of_customers(conn, search_customers(conn, text, _MOST_CUSTOMERS)), cut


def _of_customers(conn: sqlite3.Connection, hits: Sequence[Hit]) -> set[int]:
    query = f"SELECT conversation FROM conversation_customers WHERE customer_id IN ({_marks(hits)}) LIMIT ?"
    return {n for (n,) in conn.execute(query, (*(hit.id for hit in hits), _MOST_FOUND))}


def _by_text(conn: sqlite3.Connection, text: str) -> tuple[set[int], bool]:
    words = _WORD.findall(text)
    if not words:
        return set(), False
    # Nothing to escape: words are letters and digits. The last one may still be under way.
    whole = " AND ".join(f'"{word}"' for word in words)
    parts = [_both_ends(conn, _SUBJECTS, whole), _both_ends(conn, _MESSAGES, whole)]
    # Beginnings are gathered from all words that have them, which takes a while and is of no use here.
    if len(words[-1]) > 1 and not any(cut for _, cut in parts):
        parts.append(_both_ends(conn, _SUBJECTS, f"{whole} *"))
    return set().union(*(found for found, _ in parts)), any(cut for _, cut in parts)


def _both_ends(conn: sqlite3.Connection, search: str, query: str) -> tuple[set[int], bool]:
    """The first and the last that match, and whether there are more between them.

    An import writes the newest first, and what came later is at the end.
    """
    found: dict[int, int] = {}
    for order in ("ASC", "DESC"):
        rows = conn.execute(search.format(order, _MOST_FOUND // 2 + 1), (query,)).fetchall()
        found.update(rows)
        if len(rows) <= _MOST_FOUND // 2:
            break
    return set(found.values()), len(found) > _MOST_FOUND


def _listed(conn: sqlite3.Connection, marks: Sequence[Mark], limit: int, *, cut: bool = False) -> Listed:
    """The conversations at these marks, of which there is one more than a page takes if there is another page."""
    numbers = [mark.n for mark in marks[:limit]]
    rows = conn.execute(f"{CONVERSATIONS.select} WHERE n IN ({_marks(numbers)}) ORDER BY newest DESC, n DESC", numbers)
    return Listed([CONVERSATIONS.read(row) for row in rows], marks[limit - 1] if len(marks) > limit else None, cut)


def _marks(values: Iterable[object]) -> str:
    return ",".join("?" for _ in values)


R = TypeVar("R")
_COMPANY = "coalesce(name, '') COLLATE NOCASE"
_REPLY = "title COLLATE NOCASE"


def customers(conn: sqlite3.Connection, after: str | None, limit: int) -> list[Customer]:
    """Those that were added last come first."""
    where = "n < (SELECT n FROM customers WHERE id = ?)" if after else "TRUE"
    return _page(conn, CUSTOMERS, f"{where} ORDER BY n DESC", [after] if after else [], limit)


def companies(conn: sqlite3.Connection, after: str | None, limit: int) -> list[Company]:
    """By name."""
    where = f"({_COMPANY}, n) > (SELECT {_COMPANY}, n FROM companies WHERE id = ?)" if after else "TRUE"
    return _page(conn, COMPANIES, f"{where} ORDER BY {_COMPANY}, n", [after] if after else [], limit)


def companies_called(conn: sqlite3.Connection, text: str, limit: int) -> list[Company]:
    """By the beginnings of the words in their names."""
    # Nothing to escape: words are letters and digits.
    query = " ".join(f'"{word}" *' for word in words(text))
    if not query:
        return []
    found = "n IN (SELECT rowid FROM company_search WHERE company_search MATCH ? LIMIT ?)"
    return _page(conn, COMPANIES, f"{found} ORDER BY {_COMPANY}, n", [query, limit], limit)


def customers_of(conn: sqlite3.Connection, company_id: str, after: str | None, limit: int) -> list[Customer]:
    """The customers of a company, those that were added last first."""
    of = "SELECT customer FROM customer_companies WHERE company_id = ?"
    values = [company_id]
    if after:
        of += " AND customer < (SELECT n FROM customers WHERE id = ?)"
        values.append(after)
    return _page(
        conn, CUSTOMERS, f"n IN ({of} ORDER BY customer DESC LIMIT ?) ORDER BY n DESC", [*values, limit], limit
    )


def saved_replies(conn: sqlite3.Connection, after: str | None, limit: int) -> list[SavedReply]:
    """By title."""
    where = f"({_REPLY}, n) > (SELECT {_REPLY}, n FROM saved_replies WHERE id = ?)" if after else "TRUE"
    return _page(conn, SAVED_REPLIES, f"{where} ORDER BY {_REPLY}, n", [after] if after else [], limit)


def _page(conn: sqlite3.Connection, table: Table[R], which: str, values: Sequence[Any], limit: int) -> list[R]:
    return [table.read(row) for row in conn.execute(f"{table.select} WHERE {which} LIMIT ?", (*values, limit))]


_AT_ONCE = 500


def names(conn: sqlite3.Connection, ids: Iterable[str | None]) -> dict[str, str]:
    """The names of these customers and users, else their e-mails; who has neither, or is not there, is left out."""
    wanted = sorted({one for one in ids if one})
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        for table in ("customers", "users"):
            query = f"SELECT id, coalesce(nullif(name, ''), email) FROM {table} WHERE id IN ({marks})"
            found.update((id_, name) for id_, name in conn.execute(query, some) if name)
    return found
