"""Finding customers by what people remember of them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from ochre_tui.ochre.columns import CUSTOMERS
from ochre_tui.ochre.embedded.search_index import digits, fold, words
from ochre_tui.ochre.records import Customer
from ochre_tui.ochre.target import Hit, Matched

Look: TypeAlias = Callable[[sqlite3.Connection, str], Iterator[int]]

_PHONE = re.compile(r"[\d\s()+./-]+")
_SHORTEST_PHONE = 4
_SHORTEST_TYPO = 3
_CANDIDATES = 200
_WORST = 9


def search_customers(conn: sqlite3.Connection, text: str, limit: int) -> list[Hit]:
    """Customers by name (beginnings of words, typos), e-mail, alias, external id, phone, company or Intercom id.

    The best first: whole values before beginnings, those before typos and companies.
    """
    return _search(conn, text, limit, (*_AS_TYPED, _typos))


def search_as_typed(conn: sqlite3.Connection, text: str, limit: int) -> list[Hit]:
    """The same without typos, which take longest to look for."""
    return _search(conn, text, limit, _AS_TYPED)


def _search(conn: sqlite3.Connection, text: str, limit: int, looks: Iterable[Look]) -> list[Hit]:
    found: dict[int, tuple[int, Matched]] = {}
    for look in looks:
        if len(found) >= limit:
            break
        for n in look(conn, text):
            found.setdefault(n, (_WORST, "company" if look is _companies else "name"))
    there = ((customer, otherwise) for n, otherwise in found.items() if (customer := _customer(conn, n)))
    ranked = [_ranked(customer, text, otherwise) for customer, otherwise in there]
    ranked.sort(key=lambda entry: (entry[0], fold(entry[1].name or entry[1].email or ""), entry[1].id))
    return [hit for _, hit in ranked[:limit]]


def _whole_words(conn: sqlite3.Connection, text: str) -> Iterator[int]:
    return _customers(conn, " AND ".join(_phrases(text)))


def _beginnings(conn: sqlite3.Connection, text: str) -> Iterator[int]:
    return _customers(conn, " AND ".join(f"{phrase} *" for phrase in _phrases(text)))


def _phones(conn: sqlite3.Connection, text: str) -> Iterator[int]:
    # A national number is often said with a leading 0 that its international form drops.
    number = digits(text).lstrip("0")
    if len(number) < _SHORTEST_PHONE or not _PHONE.fullmatch(text):
        return iter(())
    return _customers(conn, f'phone : "{number}" *')


def _companies(conn: sqlite3.Connection, text: str) -> Iterator[int]:
    query = " AND ".join(f"{phrase} *" for phrase in _phrases(text))
    if not query:
        return iter(())
    rows = conn.execute(
        "SELECT customer FROM company_search JOIN companies ON companies.n = company_search.rowid"
        " JOIN customer_companies ON customer_companies.company_id = companies.id"
        " WHERE company_search MATCH ? LIMIT ?",
        (query, _CANDIDATES),
    )
    return (n for (n,) in rows)


def _typos(conn: sqlite3.Connection, text: str) -> Iterator[int]:
    meant = [_similar_words(conn, word) for word in words(text)]
    if not all(meant):
        return iter(())
    return _customers(conn, " AND ".join(f"name : ({' OR '.join(_quoted(each))})" for each in meant))


_AS_TYPED: tuple[Look, ...] = (_whole_words, _phones, _beginnings, _companies)


def _customers(conn: sqlite3.Connection, query: str) -> Iterator[int]:
    if not query:
        return iter(())
    rows = conn.execute(
        "SELECT rowid FROM customer_search WHERE customer_search MATCH ? ORDER BY rank LIMIT ?", (query, _CANDIDATES)
    )
    return (n for (n,) in rows)


def _phrases(text: str) -> list[str]:
    """What was typed between spaces, each as an FTS5 phrase of its words: `ana@acme.com` is `"ana acme com"`."""
    return _quoted(" ".join(found) for piece in text.split() if (found := words(piece)))


def _quoted(phrases: Iterable[str]) -> list[str]:
    # Nothing to escape: words are letters and digits.
    return [f'"{phrase}"' for phrase in phrases]


def _similar_words(conn: sqlite3.Connection, word: str) -> list[str]:
    """The words of customers' names that `word` may have been meant as."""
    if len(word) < _SHORTEST_TYPO:
        return [word]
    pieces = {piece for form in [word, *_swapped(word)] for piece in _trigrams(f" {form} ")}
    rows = conn.execute(
        "SELECT trim(word) FROM name_word_search WHERE name_word_search MATCH ? ORDER BY rank LIMIT ?",
        (" OR ".join(_quoted(sorted(pieces))), _CANDIDATES),
    )
    allowed = 1 if len(word) <= 5 else 2
    return [found for (found,) in rows if _distance(word, found) <= allowed]


def _swapped(word: str) -> Iterator[str]:
    for i in range(len(word) - 1):
        yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def _trigrams(text: str) -> Iterator[str]:
    return (text[i : i + 3] for i in range(len(text) - 2))


def _distance(a: str, b: str) -> int:
    """Letters put in, left out, replaced or swapped with their neighbour between two words."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _customer(conn: sqlite3.Connection, n: int) -> Customer | None:
    """None where the index knows a customer whose row is lost."""
    row = conn.execute(f"{CUSTOMERS.select} WHERE n = ?", (n,)).fetchone()
    return None if row is None else CUSTOMERS.read(row)


def _ranked(customer: Customer, text: str, otherwise: tuple[int, Matched]) -> tuple[int, Hit]:
    rank, matched = _best_match(customer, text) or otherwise
    return rank, Hit(customer.id, customer.name, customer.email, matched)


def _best_match(customer: Customer, text: str) -> tuple[int, Matched] | None:
    values: list[tuple[Matched, Sequence[str]]] = [
        ("name", [customer.name or ""]),
        ("email", [customer.email or ""]),
        ("email_alias", customer.email_aliases),
        ("external_id", customer.external_ids),
        ("intercom_id", customer.intercom_ids),
    ]
    typed, number = fold(text.strip()), digits(text).lstrip("0")
    pieces = [words(piece) for piece in text.split()]
    tests: list[Callable[[str], bool]] = [
        lambda value: fold(value.strip()) == typed,
        lambda value: fold(value.strip()).startswith(typed),
        lambda value: _all_begin_words(pieces, words(value)),
    ]
    for rank, test in enumerate(tests):
        for matched, candidates in values:
            if any(value and test(value) for value in candidates):
                return rank, matched
        if (
            rank
            and len(number) >= _SHORTEST_PHONE
            and _PHONE.fullmatch(text)
            and number in digits(customer.phone or "")
        ):
            return rank, "phone"
    return _matched_by_several(values, pieces)


def _matched_by_several(
    values: list[tuple[Matched, Sequence[str]]], pieces: list[list[str]]
) -> tuple[int, Matched] | None:
    """The field of the first piece, when each piece is found in some field."""
    where = [
        next((matched for matched, of in values if any(_all_begin_words([piece], words(v)) for v in of)), None)
        for piece in pieces
        if piece
    ]
    return (3, where[0]) if where and where[0] and all(where) else None


def _all_begin_words(pieces: list[list[str]], found: list[str]) -> bool:
    return all(_occurs(piece, found) for piece in pieces if piece)


def _occurs(piece: list[str], found: list[str]) -> bool:
    """Whether the words of `piece` stand in `found` one after the other, the last one perhaps cut short."""
    *whole, last = piece
    size = len(piece)
    return any(
        found[start : start + size - 1] == whole and found[start + size - 1].startswith(last)
        for start in range(len(found) - size + 1)
    )
