"""What people changed since it was put is told apart, by every target alike, and stays told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace, open_workspace
from ochre_tui.ochre.records import Company, Customer, Tag, Thread, User
from ochre_tui.ochre.target import Record, Target
from tests.support.records import BARE_CONVERSATION

COMPANY = Company("cmp_1", "Acme", "c1", "1", None, None, 3, "pro", 12.5, ("a",), {"n": 1}, {}, 1, 2)
CUSTOMER = Customer("cus_1", "Ana", "a@b.c", (), None, (), ("9",), True, False, ("cmp_1",), (), {}, {}, 1, 2)
RECORDS: list[tuple[Record, str]] = [
    (Thread(BARE_CONVERSATION), "conversations"),
    (CUSTOMER, "customers"),
    (COMPANY, "companies"),
    (Tag("tag_1", "bug", ("7",)), "tags"),
    (User("usr_1", "u@b.c", "U", "agent", "invited", ("3",)), "users"),
]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[EmbeddedWorkspace]:
    opened = open_workspace(tmp_path / "workspace", slug="w", name="W")
    opened.put(1, [record for record, _ in RECORDS])
    yield opened
    opened.close()


def named(record: Record) -> tuple[type[Record], str]:
    return type(record), record.conversation.id if isinstance(record, Thread) else record.id


def test_what_was_only_put_is_untouched_and_what_is_not_there_is_left_out(target: Target) -> None:
    asked = [named(record) for record, _ in RECORDS]
    assert target.edited([*asked, (Tag, "tag_none")], 5) == {id_: False for _, id_ in asked}


@pytest.mark.parametrize(("record", "table"), RECORDS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_changed_record_is_found_and_a_later_put_does_not_hide_it(
    workspace: EmbeddedWorkspace, target: Target, record: Record, table: str
) -> None:
    kind, id_ = named(record)
    column = {"conversations": "subject", "users": "name"}.get(table, "name")
    workspace.conn.execute(f"UPDATE {table} SET {column} = 'by hand' WHERE id = ?", (id_,))
    assert target.edited([(kind, id_)], 5) == {id_: True}
    target.put(2, [record])
    assert target.edited([(kind, id_)], 6) == {id_: True}


def test_a_changed_message_changes_its_thread(workspace: EmbeddedWorkspace, target: Target) -> None:
    workspace.conn.execute("UPDATE conversations SET edited_at = 3 WHERE id = 'cnv_1'")
    assert target.edited([(Thread, "cnv_1"), (Tag, "tag_1")], 5) == {"cnv_1": True, "tag_1": False}


def test_a_put_of_something_else_is_no_edit(target: Target) -> None:
    target.put(2, [replace(CUSTOMER, name="Ana B.")])
    assert target.edited([(Customer, "cus_1")], 5) == {"cus_1": False}


def test_bytes_that_nothing_refers_to_are_swept(workspace: EmbeddedWorkspace, target: Target) -> None:
    sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    spool = workspace.folder / "spooled"
    spool.write_bytes(b"hello")
    target.add_files([(spool, sha256)])
    assert target.sweep() == 1
    assert not target.has_file(sha256)
    assert target.sweep() == 0
