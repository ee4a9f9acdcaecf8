"""A migration whose databases a test may change directly."""

from __future__ import annotations

import sqlite3
from typing import Any

from tests.support.command_line import CommandLine, Ran


class Spoilable(CommandLine):
    """The statements' rows come back; what they change is committed."""

    def ochre(self, statement: str, *values: object) -> list[Any]:
        return self._rows("workspace/workspace.db", statement, values)

    def state(self, statement: str, *values: object) -> list[Any]:
        return self._rows("state.db", statement, values)

    def verify(self) -> Ran:
        return self.call("verify", "--json")

    def whole(self) -> list[Any]:
        """What is left in the workspace's database without that to which it belongs."""
        return self.ochre("PRAGMA foreign_key_check")

    def _rows(self, database: str, statement: str, values: tuple[object, ...]) -> list[Any]:
        conn = sqlite3.connect(self.folder / database)
        try:
            with conn:
                return conn.execute(statement, values).fetchall()
        finally:
            conn.close()


def commands_in(ran: Ran) -> set[str | None]:
    """Every command that a difference names."""
    return {one["command"] for check in ran.json["checks"] for one in check["differences"]}


def found_in(ran: Ran) -> dict[str, list[tuple[str, str, str]]]:
    """(kind, id, field) of the differences of each check that is not ok."""
    return {
        check["name"]: [(one["kind"], one["id"], one["field"]) for one in check["differences"]]
        for check in ran.json["checks"]
        if not check["ok"]
    }
