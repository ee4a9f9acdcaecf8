"""The customers' search index, kept in the same transaction as the customers."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterable

from ochre_tui.ochre.records import Company, Customer

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans("", "", "'’ʼ")  # within a word: O'Brien is found as obrien too
_LONGEST_WORD = 40
_MOST_NAME_WORDS = 20
_LONGEST_PHONE = 20
_SHORTEST_PHONE_PART = 4
_INDEXES = ("customer_search", "company_search", "name_word_search", "conversation_search", "message_search")


def fold(text: str) -> str:
    """`text` without case and accents, as it is compared in searches."""
    if text.isascii():
        return text.lower()
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if unicodedata.category(c) != "Mn")
    return unicodedata.normalize("NFC", plain)


def words(text: str) -> list[str]:
    """The runs of letters and digits in `text`, folded: the index's words, so its own tokenizer has only to split."""
    return [word[:_LONGEST_WORD] for word in _WORD.findall(fold(text).translate(_APOSTROPHES))]


def name_words(name: str | None) -> set[str]:
    return set(words(name or "")[:_MOST_NAME_WORDS])


def digits(phone: str) -> str:
    return "".join(c for c in phone if c in "0123456789")[-_LONGEST_PHONE:]


def add_customer(conn: sqlite3.Connection, n: int, customer: Customer) -> None:
    conn.execute(
        "INSERT INTO customer_search (rowid, name, email, email_aliases, external_ids, intercom_ids, phone)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            n,
            _spaced([customer.name or ""]),
            _spaced([customer.email or ""]),
            _spaced(customer.email_aliases),
            _spaced(customer.external_ids),
            _spaced(customer.intercom_ids),
            _endings(digits(customer.phone or "")),
        ),
    )
    for word in sorted(name_words(customer.name)):
        number, uses = conn.execute(
            "INSERT INTO name_words (word, uses) VALUES (?, 1)"
            " ON CONFLICT (word) DO UPDATE SET uses = uses + 1 RETURNING n, uses",
            (word,),
        ).fetchone()
        if uses == 1:
            conn.execute("INSERT INTO name_word_search (rowid, word) VALUES (?, ?)", (number, f" {word} "))


def remove_customer(conn: sqlite3.Connection, n: int, name: str | None) -> None:
    """Take the customer, whose indexed name was `name`, out of the index."""
    conn.execute("DELETE FROM customer_search WHERE rowid = ?", (n,))
    for word in sorted(name_words(name)):
        found = conn.execute(
            "UPDATE name_words SET uses = uses - 1 WHERE word = ? RETURNING n, uses", (word,)
        ).fetchone()
        # A name that was changed behind the index's back has words that the index does not know.
        if found is not None and found[1] <= 0:
            conn.execute("DELETE FROM name_words WHERE n = ?", (found[0],))
            conn.execute("DELETE FROM name_word_search WHERE rowid = ?", (found[0],))


def add_company(conn: sqlite3.Connection, n: int, company: Company) -> None:
    conn.execute("INSERT INTO company_search (rowid, name) VALUES (?, ?)", (n, _spaced([company.name or ""])))


def remove_company(conn: sqlite3.Connection, n: int) -> None:
    conn.execute("DELETE FROM company_search WHERE rowid = ?", (n,))


def drop_removed(conn: sqlite3.Connection) -> None:
    """Write the indexes anew: they keep the words of what was taken out until they are merged by chance."""
    for index in _INDEXES:
        conn.execute(f"INSERT INTO {index} ({index}) VALUES ('optimize')")  # noqa: S608 - our own constants


def _spaced(texts: Iterable[str]) -> str:
    return " ".join(word for text in texts for word in words(text))


def _endings(number: str) -> str:
    # What starts an ending is found anywhere in the number: with or without the country's code.
    return " ".join(number[start:] for start in range(len(number) - _SHORTEST_PHONE_PART + 1))
