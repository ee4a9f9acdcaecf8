"""Bringing `state.db` up to date; a module of its own, as sqlite-utils takes long to load and is seldom needed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping

from sqlite_utils import Database, Migrations

from ochre_tui.store.schema import STEPS


def take_steps(conn: sqlite3.Connection, name: str, steps: Mapping[str, str] = STEPS) -> None:
    """Take the steps of the schema that this store has not been through, and note them under `name`."""
    migrations = Migrations(name)
    for step, script in steps.items():
        migrations(name=step)(_executing(script))
    migrations.apply(Database(conn, execute_plugins=False))


def _executing(script: str) -> Callable[[Database], None]:
    def execute(db: Database) -> None:
        for statement in _statements(script):
            db.execute(statement)

    return execute


def _statements(script: str) -> list[str]:
    """The single statements of a script; a trigger's body stays whole."""
    found: list[str] = []
    pending = ""
    for line in script.splitlines():
        pending += line + "\n"
        in_trigger = "CREATE TRIGGER" in pending
        ends = line.strip() == "END;" if in_trigger else line.rstrip().endswith(";")
        if ends:
            found.append(pending.strip())
            pending = ""
    return found
