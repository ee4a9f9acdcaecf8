"""Lists of conversations: every one once, page by page; what is listed follows what is written, whoever writes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from ochre_tui.ochre.embedded import listings
from ochre_tui.ochre.embedded import listings as lists
from ochre_tui.ochre.embedded.listings import Filter
from ochre_tui.ochre.embedded.schema import MIGRATIONS
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace, open_workspace
from ochre_tui.ochre.records import Message, Thread
from tests.support.filled_workspace import conversation, customer, message

TIMES = [None, 0, 5, 5, 5, 9, 9, None, 7, 5]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWorkspace]:
    workspace = open_workspace(tmp_path_factory.mktemp("inbox") / "workspace", "acme", "Acme")
    threads = [
        Thread(
            conversation(
                f"cnv_{n:02}",
                f"Order {n} of Ärzte",
                at=at,
                status="open" if n % 2 else "closed",
                tags=("even",) if n % 2 == 0 else (),
                customers=("cus_1",) if n % 3 else ("cus_2", "cus_2"),
                intercom_id=str(n),
            )
        )
        for n, at in enumerate(TIMES * 3)
    ]
    workspace.put(1, [customer("cus_1", "Ana"), customer("cus_2", "Ben", contact="d"), *threads])
    yield workspace
    workspace.close()


def said(owner: str, position: int, text: str) -> Message:
    return replace(message(owner, position, None), body_text=text)


def listed(workspace: EmbeddedWorkspace, wanted: Filter, limit: int = 100) -> list[str]:
    found, mark, begun = [], None, False
    while mark or not begun:
        begun = True
        page = listings.inbox(workspace.conn, wanted, mark, limit)
        assert len(page.conversations) <= limit
        found += [one.id for one in page.conversations]
        mark = page.following
    return found


@given(
    limit=st.integers(1, 31),
    status=st.sampled_from([None, "open", "closed"]),
    tag=st.sampled_from([None, "even"]),
    words=st.sampled_from([None, "order", "arz", "ana"]),
)
def test_pages_of_any_size_hold_each_conversation_once_and_in_order(
    filled: EmbeddedWorkspace, limit: int, status: str | None, tag: str | None, words: str | None
) -> None:
    wanted = Filter(status=status, tag=tag, words=words)
    expected = [
        (at or 0, n)
        for n, at in enumerate(TIMES * 3)
        if (status is None or (status == "open") == bool(n % 2))
        and (tag is None or n % 2 == 0)
        and (words != "ana" or n % 3)
    ]
    assert listed(filled, wanted, limit) == [f"cnv_{n:02}" for _, n in sorted(expected, reverse=True)]


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
def test_a_customers_conversations_come_page_by_page(filled: EmbeddedWorkspace, limit: int) -> None:
    found, mark, begun = [], None, False
    while mark or not begun:
        begun = True
        page = listings.of_customer(filled.conn, "cus_2", mark, limit)
        found += [one.id for one in page.conversations]
        mark = page.following
    expected = sorted(((at or 0, n) for n, at in enumerate(TIMES * 3) if n % 3 == 0), reverse=True)
    assert found == [f"cnv_{n:02}" for _, n in expected]


def test_lists_follow_what_is_changed_and_removed(tmp_path: Path) -> None:
    first = conversation("cnv_1", "An apple", customers=("cus_1",))
    with closing(open_workspace(tmp_path / "workspace", "acme", "Acme")) as workspace:
        workspace.put(1, [customer("cus_1", "Ana"), customer("cus_2", "Ben", contact="d"), Thread(first)])
        assert listed(workspace, Filter(words="apple")) == listed(workspace, Filter(words="ana")) == ["cnv_1"]
        workspace.put(2, [Thread(replace(first, subject="A pear", customer_ids=("cus_2",), channel="Intercom Email"))])
        assert listed(workspace, Filter(words="apple")) == listed(workspace, Filter(words="ana")) == []
        assert listed(workspace, Filter(words="pear")) == listed(workspace, Filter(words="ben")) == ["cnv_1"]
        assert listings.channels(workspace.conn) == ["Intercom Email"]
        workspace.conn.execute("UPDATE conversations SET customer_ids = 'no JSON', tags = 'no JSON'")
        assert listed(workspace, Filter(words="ben")) == listed(workspace, Filter(tag="JSON")) == []
        workspace.remove([(Thread, "cnv_1")])
        assert listed(workspace, Filter(words="pear")) == listed(workspace, Filter()) == []
        workspace.conn.execute("INSERT INTO conversation_search (conversation_search) VALUES ('integrity-check')")
        assert workspace.conn.execute("SELECT count(*) FROM conversation_customers").fetchone() == (0,)


def test_words_of_a_message_find_its_conversation(tmp_path: Path) -> None:
    first = Thread(conversation("cnv_1", "Hello"), (said("cnv_1", 0, "The café is shut"), said("cnv_1", 1, "A pity")))
    second = Thread(conversation("cnv_2", "Hello", intercom_id="2"), (said("cnv_2", 0, "A café, again"),))
    with closing(open_workspace(tmp_path / "workspace", "acme", "Acme")) as workspace:
        workspace.put(1, [customer("cus_1", "Ana"), first, second])
        assert listed(workspace, Filter(words="CAFE")) == ["cnv_2", "cnv_1"]
        assert listed(workspace, Filter(words="cafe again")) == ["cnv_2"]
        assert listed(workspace, Filter(words="shut pity")) == []  # of one message, as they were written together
        workspace.put(2, [replace(first, messages=(said("cnv_1", 0, "The bar is open"),))])
        assert listed(workspace, Filter(words="cafe")) == ["cnv_2"]
        assert listed(workspace, Filter(words="open bar")) == ["cnv_1"]
        workspace.conn.execute("UPDATE messages SET body_text = NULL WHERE id = 'msg_cnv_1_0'")
        workspace.remove([(Thread, "cnv_2")])
        assert listed(workspace, Filter(words="bar")) == listed(workspace, Filter(words="cafe")) == []
        workspace.conn.execute("UPDATE messages SET body_text = 'Bar' WHERE id = 'msg_cnv_1_0'")
        assert listed(workspace, Filter(words="bar")) == ["cnv_1"]
        workspace.conn.execute("INSERT INTO message_search (message_search) VALUES ('integrity-check')")


def test_a_word_of_very_many_messages_finds_the_first_and_the_last_and_says_so(tmp_path: Path) -> None:
    thread = Thread(conversation("cnv_1", "Hello"), tuple(said("cnv_1", n, "thanks") for n in range(10_001)))
    last = Thread(conversation("cnv_2", "Hello", intercom_id="2"), (said("cnv_2", 0, "Thanks"),))
    with closing(open_workspace(tmp_path / "workspace", "acme", "Acme")) as workspace:
        workspace.put(1, [thread, last])
        page = listings.inbox(workspace.conn, Filter(words="thanks"), None, 10)
        assert ([one.id for one in page.conversations], page.cut) == (["cnv_2", "cnv_1"], True)
        assert not listings.inbox(workspace.conn, Filter(words="hello"), None, 10).cut


def test_a_workspace_of_before_is_listed_too(tmp_path: Path) -> None:
    path = tmp_path / "workspace"
    thread = Thread(conversation("cnv_1", "An apple", customers=("cus_1",)))
    with closing(open_workspace(path, "acme", "Acme")) as workspace:
        workspace.put(1, [customer("cus_1", "Ana"), thread])
        for name, kind in workspace.conn.execute(
            "SELECT name, type FROM sqlite_schema WHERE name LIKE 'conversation\\_%' ESCAPE '\\' AND type = 'trigger'"
            " UNION ALL SELECT 'conversation_search', 'table' UNION ALL SELECT 'conversation_customers', 'table'"
            " UNION ALL SELECT 'conversations_inbox', 'index' UNION ALL SELECT 'conversations_by_channel', 'index'"
            " UNION ALL SELECT 'companies_by_name', 'index'"
        ).fetchall():
            workspace.conn.execute(f"DROP {kind} {name}")
        workspace.conn.execute("ALTER TABLE conversations DROP COLUMN newest")
        workspace.conn.execute("CREATE INDEX conversations_by_update ON conversations (updated_at)")
        workspace.conn.execute("CREATE INDEX conversations_by_status ON conversations (status, updated_at)")
        workspace.conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'inbox'")
        assert [step.name for step in MIGRATIONS.pending(Database(workspace.conn))] == ["inbox"]
    with closing(open_workspace(path, "acme", "Acme")) as workspace:
        assert listed(workspace, Filter(words="apple")) == listed(workspace, Filter(words="ana")) == ["cnv_1"]
        assert (path / "workspace.db.before-inbox").exists()


def test_customers_and_companies_come_page_by_page(filled: EmbeddedWorkspace) -> None:
    assert [one.id for one in lists.customers(filled.conn, None, 10)] == ["cus_2", "cus_1"]
    assert [one.id for one in lists.customers(filled.conn, "cus_2", 10)] == ["cus_1"]
    assert lists.customers(filled.conn, "gone", 10) == []
