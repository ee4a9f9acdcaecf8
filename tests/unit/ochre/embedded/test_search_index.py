"""What is taken out of a workspace and swept is in none of its bytes, the search indexes' own included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace, open_workspace
from ochre_tui.ochre.records import Company, Customer, Thread
from ochre_tui.ochre.target import Record
from tests.support.records import BARE_CONVERSATION

CANARY = "qxanarybird"
PERSON = Customer(
    "cus_1", f"Zz {CANARY}", f"{CANARY}@b.c", (f"{CANARY}@d.e",), None, (f"{CANARY}-7",), ("9",),
    True, False, (), (), {}, {}, 1, 2,
)  # fmt: skip
FIRM = Company("cmp_1", f"{CANARY} Ltd", "c1", "1", None, None, 3, "pro", 12.5, (), {}, {}, 1, 2)
TALK = replace(BARE_CONVERSATION, subject=f"About {CANARY}", customer_ids=("cus_1",))


def others(start: int, count: int) -> Iterator[Record]:
    for n in range(start, start + count):
        yield replace(PERSON, id=f"cus_x{n}", name=f"Word{n} Other{n}", email=f"w{n}@b.c", email_aliases=(),
                      external_ids=(f"x{n}",), intercom_ids=(f"i{n}",))  # fmt: skip
        yield replace(FIRM, id=f"cmp_x{n}", name=f"Firm{n}")
        yield Thread(
            replace(TALK, id=f"cnv_x{n}", subject=f"Subject{n}", customer_ids=(f"cus_x{n}",), intercom_id=f"x{n}")
        )


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[EmbeddedWorkspace]:
    with closing(open_workspace(tmp_path / "workspace", "acme", "Acme")) as opened:
        for start in range(0, 400, 50):  # in several writes, so that the indexes have several segments
            opened.put(1, list(others(start, 50)))
            if start == 150:
                opened.put(1, [PERSON, FIRM, Thread(TALK)])
        yield opened


def hits(workspace: EmbeddedWorkspace) -> int:
    return sum(path.read_bytes().lower().count(CANARY.encode()) for path in workspace.folder.rglob("*.db*"))


def test_after_sweeping_nothing_of_what_was_removed_is_left(workspace: EmbeddedWorkspace) -> None:
    assert hits(workspace) > 5
    workspace.remove([(Thread, "cnv_1"), (Customer, "cus_1"), (Company, "cmp_1")])
    workspace.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert hits(workspace) > 0  # which is why a sweep writes the indexes anew
    workspace.sweep()
    assert hits(workspace) == 0
    assert workspace.search(CANARY) == []
    assert workspace.search("word399")[0].id == "cus_x399"


def test_what_a_record_was_called_before_is_gone_too(workspace: EmbeddedWorkspace) -> None:
    named = replace(PERSON, name="Ana", email="a@b.c", email_aliases=(), external_ids=())
    workspace.put(2, [named, replace(FIRM, name="Acme"), Thread(replace(TALK, subject="Hello"))])
    workspace.sweep()
    assert hits(workspace) == 0
    assert workspace.search("ana")[0].id == "cus_1"
