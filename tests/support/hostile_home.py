"""A migration that was imported, with a hostile string in every place from which something is shown."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from ochre_tui.migration.home import Home
from ochre_tui.migration.scan.result import ScanWarning, last_scan
from ochre_tui.migration.session import Session
from ochre_tui.migration.verify.run import verify
from ochre_tui.sandbox.server import Running
from ochre_tui.store.archive import Archive
from tests.support import staged_scan
from tests.support.hostile_strings import hostile_strings
from tests.support.staged_run import import_all

ALL = hostile_strings()
NOON = 1_793_534_400


def made(scanned: Path, sandbox: Running, home: Path) -> Path:
    """A copy of a home that was scanned, at `home`: imported, then spoilt."""
    shutil.copytree(scanned, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCHRE_TUI_INTERCOM_URL", sandbox.url)
        patch.setenv("OCHRE_TUI_ATTACHMENT_HOSTS", sandbox.attachment_host)
        patch.setenv("OCHRE_TUI_INTERCOM_TOKEN", sandbox.token)
        session = Home(home, now=lambda: NOON, rng=random.Random(1)).open("default")
        import_all(session)
    spoil(session)
    return home


def spoil(session: Session, *, admins: int | None = None) -> None:
    """Put hostile strings into what was scanned, imported, noted and verified; `admins`: that many rows to map."""
    words = cycle(ALL)
    _spoil_scan(session, ALL[:admins])
    _spoil_workspace(session, lambda: next(words))
    _spoil_store(session, lambda: next(words))
    assert not verify(session).ok


def name_workspaces(session: Session, word: str) -> None:
    """The one string of which there is only one place: the workspaces' names, and why the run has ended."""
    with session.store() as store:
        intercom = store.get("intercom")
        # Not its code: ids are made from that, and nothing would be found by them.
        store.set("intercom", {**intercom, "name": word, "timezone": word[:40]})
        with store.transaction() as conn:
            conn.execute("UPDATE run SET state = 'failed', reason = ?", (word,))
    with session.embedded() as workspace:
        workspace.rename(word)


def _spoil_scan(session: Session, words: list[str]) -> None:
    with session.store() as store:
        found = last_scan(store)
        assert found is not None
        admins = [staged_scan.admin(str(7_000 + n), word, word, n) for n, word in enumerate(words)]
        attributes = [
            staged_scan.attribute(
                ("contact", "company", "conversation")[n % 3], word, "string", n, [word], options=(word, f"{word}2"),
                alone={word: 3}, unfit=1,
            )
            for n, word in enumerate(words)
        ]  # fmt: skip
        hostile = found.model_copy(
            update={
                "admins": admins,
                "fields": attributes,
                "warnings": [
                    ScanWarning(code="small_sample", message=word, count=1, ids=[word]) for word in words[:60]
                ],
                "left_behind": dict.fromkeys(words[:40], 3),
                "conversations": found.conversations.model_copy(
                    update={"by_channel": dict.fromkeys(words[40:60], 1), "by_state": {words[61]: 3}}
                ),
            }
        )
        store.set("scan", hostile.model_dump(mode="json"))


def _spoil_workspace(session: Session, word: Callable[[], str]) -> None:
    columns = {
        "users": ("name",),
        "tags": ("name",),
        "saved_replies": ("title", "body_text"),
        "companies": ("name", "website", "industry", "plan"),
        "customers": ("name", "email", "phone"),
        "conversations": ("subject", "channel", "team", "rating_remark", "assignee_email"),
        "messages": ("author_name", "author_source_name", "body_text"),
        "attachments": ("name", "source_name", "reason"),
        "custom_fields": ("label", "source_name"),
    }
    with closing(sqlite3.connect(session.paths.workspace / "workspace.db")) as conn, conn:
        conn.create_function("hostile", 0, word)
        for table, names in columns.items():
            for name in names:
                # What stands elsewhere too, and so is looked up by, keeps its value where it has none.
                conn.execute(f"UPDATE {table} SET {name} = hostile() WHERE {name} IS NOT NULL")
        conn.execute(
            "UPDATE conversations SET tags = json_array(hostile(), hostile()), "
            "unmapped = json_object(hostile(), hostile())"
        )


def _spoil_store(session: Session, word: Callable[[], str]) -> None:
    archive = Archive()
    with session.store() as store, store.transaction() as conn:
        for id_, body in conn.execute("SELECT id, body FROM archive WHERE kind = 'conversation'").fetchall():
            raw = json.loads(archive.unpack(body))
            _spoil_json(raw, word)
            packed = archive.pack(json.dumps(raw).encode())
            conn.execute("UPDATE archive SET body = ? WHERE kind = 'conversation' AND id = ?", (packed, id_))
        (run,) = conn.execute("SELECT max(id) FROM run").fetchone()
        for number, text in enumerate(ALL):
            conn.execute("INSERT INTO warning VALUES (?, ?, ?, ?)", (run, "conversations", text, text))
            conn.execute(
                "INSERT INTO outcome (kind, id, run, outcome, reason) VALUES ('conversations', ?, ?, 'quarantined', ?)",
                (f"q{number}{text}", run, text),
            )
            conn.execute(
                "INSERT INTO event (at, level, topic, text, kind, record) VALUES (?, 'warning', 'state', ?, ?, ?)",
                (1_793_534_400, text, "conversations", text),
            )


def _spoil_json(raw: Any, word: Callable[[], str]) -> None:
    for holder in _objects(raw):
        for key in ("body", "subject", "title", "name"):
            if isinstance(holder.get(key), str) and holder[key]:
                holder[key] = word()


def _objects(raw: Any) -> Iterator[dict[str, Any]]:
    if isinstance(raw, dict):
        yield raw
        raw = list(raw.values())
    if isinstance(raw, list):
        for inner in raw:
            yield from _objects(inner)
