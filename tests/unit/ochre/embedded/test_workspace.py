"""What is put into a workspace is read back as it was; repeating changes nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ochre_tui.core.errors import RecordError
from ochre_tui.ochre.columns import (
    COMPANIES,
    CONVERSATIONS,
    CUSTOM_FIELDS,
    CUSTOMERS,
    SAVED_REPLIES,
    TAGS,
    USERS,
    Table,
)
from ochre_tui.ochre.embedded.check import check_database
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace, open_workspace
from ochre_tui.ochre.records import (
    Attachment,
    Author,
    Company,
    Customer,
    CustomField,
    JsonObject,
    Message,
    SavedReply,
    Tag,
    Thread,
    User,
)
from ochre_tui.ochre.target import Record, Target, conversation_by_alias, customer_by_alias, message_by_source_id
from tests.support.records import BARE_CONVERSATION

CONVERSATION = replace(
    BARE_CONVERSATION,
    subject="Export fails",
    customer_ids=("cus_1",),
    tags=("bug",),
    custom_fields={"plan": "pro"},
    unmapped={"Nested": {"b": [1, 2.5, None], "a": True}},
    rating=5,
    created_at=1_700_000_000,
    updated_at=1_700_000_100,
    intercom_id="801",
    source_part_count=2,
)
CUSTOMER = Customer(
    id="cus_1",
    name="Zoë Müller",
    email="zoe@acme.example",
    email_aliases=("z@old.example",),
    phone="+49 30 1234567",
    external_ids=("u1",),
    intercom_ids=("c1", "c2"),
    can_sign_in=True,
    placeholder=False,
    company_ids=("cmp_1",),
    tags=(),
    custom_fields={},
    unmapped={},
    created_at=None,
    updated_at=1_700_000_000,
)
COMPANY = Company(
    "cmp_1", "Acme", "co1", None, None, None, 12, "Pro", 99.5, ("vip",), {"seats": 3}, {}, 1_700_000_000, None
)
SINGLE_RECORDS: list[tuple[Table[Any], Any]] = [
    (USERS, User("usr_1", "ana@team.example", "Ana", "agent", "active", ("814860",), False, True)),
    (CUSTOM_FIELDS, CustomField("fld_1", "customer", "plan", "Plan", "single_select", ("free", "pro"), "Plan Tier")),
    (TAGS, Tag("tag_1", "bug", ("7", "8"))),
    (SAVED_REPLIES, SavedReply("srp_1", "Hi", "<p>Hi</p>", "Hi", "m1", "everyone", ("mystery",))),
    (COMPANIES, COMPANY),
    (CUSTOMERS, CUSTOMER),
]


def message(position: int, **changes: Any) -> Message:
    made = Message(
        id=f"msg_{position}",
        conversation_id="cnv_1",
        position=position,
        kind="reply",
        source_id=str(position),
        source_type="comment",
        author=Author("customer", "cus_1", None, "Zoe"),
        created_at=1_700_000_000 + position,
        body_html="<p>It fails</p>",
        body_text="It fails",
        source_sha256="0" * 64,
        redacted=False,
        tags=(),
        event=None,
        attachment_ids=(),
    )
    return replace(made, **changes)


def attachment(name: str, sha256: str | None = "a" * 64) -> Attachment:
    return Attachment(
        f"att_{name}", "cnv_1", "msg_0", name, name, "image/png", 10, sha256, False, "stored" if sha256 else "missing"
    )


THREAD = Thread(
    CONVERSATION,
    (message(0, attachment_ids=("att_z", "att_a")), message(1, kind="event", body_html=None, event={"rating": 5})),
    (attachment("z"), attachment("a", None)),
)


@contextmanager
def workspace_in(folder: Path) -> Iterator[EmbeddedWorkspace]:
    workspace = open_workspace(folder / "workspace", "acme", "Acme")
    try:
        yield workspace
    finally:
        workspace.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[EmbeddedWorkspace]:
    with workspace_in(tmp_path) as opened:
        yield opened


def rows(workspace: EmbeddedWorkspace) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the database but the numbers of rows, in an order that does not depend on them."""
    tables = [
        name
        for (name,) in workspace.conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")
        if "search_" not in name and name not in {"identity", "messages", "attachments", "_sqlite_migrations"}
    ]
    found = {}
    for table in tables:
        columns = [name for _, name, *_ in workspace.conn.execute(f"PRAGMA table_info({table})") if name != "n"]
        if table == "customer_companies":
            columns = ["company_id"]
        columns.sort(key=lambda column: column in {"changed_run", "edited_at"})  # which is history, last
        found[table] = sorted(workspace.conn.execute(f"SELECT {', '.join(columns)} FROM {table}"), key=repr)
    return found


@pytest.mark.parametrize(("table", "record"), SINGLE_RECORDS, ids=lambda value: getattr(value, "name", None))
def test_a_record_is_read_back_as_it_was_put(target: Target, table: Table[Any], record: Any) -> None:
    assert target.put(1, [record]) == ["created"]

    assert target.record(table, record.id) == record
    assert list(target.records(table)) == [record]


def test_a_thread_is_read_back_as_it_was_put(target: Target) -> None:
    assert target.put(1, [THREAD]) == ["created"]

    assert target.thread("cnv_1") == THREAD
    assert list(target.threads()) == [THREAD]
    assert [found.id for found in target.attachments()] == ["att_a", "att_z"]
    assert target.thread("cnv_2") is None


def test_threads_go_on_after_an_id(target: Target) -> None:
    made = [Thread(replace(CONVERSATION, id=f"cnv_{i:04}", intercom_id=str(i))) for i in range(1200)]
    target.put(1, made[::-1])

    assert [thread.conversation.id for thread in target.threads()] == [t.conversation.id for t in made]
    assert [thread.conversation.id for thread in target.threads("cnv_1197")] == ["cnv_1198", "cnv_1199"]


def test_the_embedded_workspace_is_a_target(workspace: EmbeddedWorkspace) -> None:
    target: Target = workspace
    assert target.users() == []


@pytest.mark.parametrize(("table", "record"), [*SINGLE_RECORDS, (CONVERSATIONS, CONVERSATION)])
def test_columns_are_the_fields_of_the_record(workspace: EmbeddedWorkspace, table: Table[Any], record: Any) -> None:
    assert list(table.columns) == list(type(record).__dataclass_fields__)
    stored = [name for _, name, *_ in workspace.conn.execute(f"PRAGMA table_info({table.name})")]
    assert sorted(stored) == sorted(["n", *table.columns, "digest", "created_run", "changed_run", "edited_at"])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (CUSTOMER, replace(CUSTOMER, name="Zoe")),
        (COMPANY, replace(COMPANY, size=13)),
        (THREAD, replace(THREAD, conversation=replace(CONVERSATION, status="closed"))),
        (THREAD, replace(THREAD, messages=(message(0, body_text="other"),))),
        (THREAD, replace(THREAD, attachments=())),
    ],
)
def test_outcomes(target: Target, first: Record, second: Record) -> None:
    assert target.put(1, [first]) == ["created"]
    assert target.put(1, [first]) == ["created"], "a repeat within the run answers as the first time"
    assert target.put(2, [first]) == ["unchanged"]
    assert target.put(2, [second]) == ["changed"]
    assert target.put(2, [second]) == ["changed"]
    assert target.put(3, [second]) == ["unchanged"]
    assert target.put(1, [second, first]) == ["created", "created"]


def test_writes_are_counted(target: Target) -> None:
    before = target.writes()
    target.put(1, [CUSTOMER])
    target.put(1, [CUSTOMER])
    assert target.writes() == before + 2


def test_the_order_of_keys_is_no_change(target: Target) -> None:
    turned: JsonObject = {"Nested": {"a": True, "b": [1, 2.5, None]}}
    target.put(1, [THREAD])
    assert target.put(2, [replace(THREAD, conversation=replace(CONVERSATION, unmapped=turned))]) == ["unchanged"]


def test_a_changed_thread_replaces_messages_and_attachments(target: Target) -> None:
    target.put(1, [THREAD])
    other = Thread(CONVERSATION, (message(0),), (attachment("b"),))
    target.put(2, [other])
    assert target.thread("cnv_1") == other
    assert [found.id for found in target.attachments()] == ["att_b"]


@pytest.mark.parametrize(
    "bad",
    [
        replace(CUSTOMER, id="cus_2", name="lone \ud800"),
        replace(CUSTOMER, id="cus_2", unmapped={"x": [{1}]}),  # type: ignore[list-item]
        replace(CUSTOMER, id="cus_2", created_at=2**70),
        replace(CUSTOMER, id="cus_2", created_at=-1),
        replace(CUSTOMER, id="cus_2", updated_at=253_402_300_800),
        Thread(replace(CONVERSATION, id="cnv_2"), (message(0, created_at=-1),)),
        Thread(replace(CONVERSATION, id="cnv_2"), (message(0), message(0))),
        Thread(replace(CONVERSATION, id="cnv_2"), (), (attachment("a"), attachment("a"))),
    ],
)
def test_a_record_that_can_not_be_stored_is_named_and_nothing_is_written(
    target: Target, workspace: EmbeddedWorkspace, bad: Record
) -> None:
    target.put(1, [CUSTOMER])
    before = rows(workspace)
    with pytest.raises(RecordError, match=r"cus_2|cnv_2"):
        target.put(1, [replace(CUSTOMER, id="cus_3", intercom_ids=("c3",)), bad])
    assert rows(workspace) == before
    assert target.put(2, [CUSTOMER]) == ["unchanged"]


def test_aliases_follow_their_records(target: Target) -> None:
    target.put(1, [CUSTOMER, THREAD])
    assert conversation_by_alias(target, "801") == "cnv_1"
    assert customer_by_alias(target, "c2") == "cus_1"
    assert message_by_source_id(target, "cnv_1", "1") == "msg_1"
    assert message_by_source_id(target, "cnv_1", "9") is None
    assert conversation_by_alias(target, "c1") is None

    merged = replace(CUSTOMER, id="cus_2", intercom_ids=("c2", "c3"))
    target.put(2, [merged, replace(CUSTOMER, intercom_ids=("c1",))])
    assert [customer_by_alias(target, contact) for contact in ("c1", "c2", "c3")] == ["cus_1", "cus_2", "cus_2"]

    target.remove([(Customer, "cus_1"), (Thread, "cnv_1"), (Tag, "not there")])
    assert customer_by_alias(target, "c1") is None
    assert customer_by_alias(target, "c2") == "cus_2", "an alias that was moved stays with its new customer"
    assert conversation_by_alias(target, "801") is None


def test_what_people_changed_is_known(target: Target, workspace: EmbeddedWorkspace) -> None:
    target.put(1, [CUSTOMER, COMPANY, THREAD])
    workspace.conn.execute("UPDATE customers SET name = 'Somebody'")
    workspace.conn.execute("UPDATE messages SET body_text = 'Something' WHERE id = 'msg_0'")
    asked: list[tuple[type[Record], str]] = [(Customer, "cus_1"), (Company, "cmp_1"), (Thread, "cnv_1"), (Tag, "tag_9")]
    assert target.edited(asked, 1) == {"cus_1": True, "cmp_1": False, "cnv_1": True}
    target.put(2, [CUSTOMER])
    assert target.edited([(Customer, "cus_1")], 2) == {"cus_1": True}, "a later put does not hide it"


def test_a_repeated_part_id_gives_the_first_message(target: Target) -> None:
    target.put(1, [Thread(CONVERSATION, (message(1, source_id="7"), message(0, source_id="7")))])
    assert message_by_source_id(target, "cnv_1", "7") == "msg_0"


def test_what_is_removed_leaves_nothing_behind(target: Target, workspace: EmbeddedWorkspace) -> None:
    empty = rows(workspace)
    records: list[Record] = [record for _, record in SINGLE_RECORDS]
    target.put(1, [*records, THREAD])
    assert rows(workspace) != empty

    target.remove([(Thread, "cnv_1"), *((type(record), record.id) for _, record in SINGLE_RECORDS)])

    assert rows(workspace) == empty
    for table in ("messages", "attachments", "customer_search", "company_search", "name_word_search"):
        assert workspace.conn.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    assert check_database(workspace) == []


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
TIMES = st.integers(0, 7_258_118_400)
LISTS = st.lists(TEXTS, max_size=3).map(tuple)
JSON = st.dictionaries(
    TEXTS,
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | TEXTS,
        st.lists,
    ),
    max_size=3,
)
CUSTOMERS_MADE = st.integers(0, 3).flatmap(
    lambda n: st.builds(
        Customer,
        id=st.just(f"cus_{n}"),
        name=st.none() | TEXTS,
        email=st.none() | TEXTS,
        email_aliases=LISTS,
        phone=st.none() | TEXTS,
        external_ids=LISTS,
        # No two customers claim one contact: who gets it then depends on who was put last.
        intercom_ids=st.sets(st.sampled_from([f"contact {n}.{i}" for i in range(3)])).map(
            lambda ids: tuple(sorted(ids))
        ),
        company_ids=st.sets(st.sampled_from(["cmp_0", "cmp_1"])).map(lambda ids: tuple(sorted(ids))),
        tags=LISTS,
        custom_fields=JSON,
        unmapped=JSON,
        created_at=st.none() | TIMES,
        updated_at=st.none() | TIMES,
    )
)
THREADS_MADE = st.integers(0, 3).flatmap(
    lambda n: st.builds(
        lambda subject, unmapped, bodies: Thread(
            replace(CONVERSATION, id=f"cnv_{n}", intercom_id=str(n), subject=subject, unmapped=unmapped),
            tuple(
                message(i, id=f"msg_{n}_{i}", conversation_id=f"cnv_{n}", body_text=body)
                for i, body in enumerate(bodies)
            ),
        ),
        TEXTS,
        JSON,
        st.lists(TEXTS, max_size=3),
    )
)
PUTS = st.lists(st.lists(CUSTOMERS_MADE | THREADS_MADE, max_size=4), max_size=4)


def record_id(record: Record) -> str:
    return record.conversation.id if isinstance(record, Thread) else record.id


@settings(max_examples=20, deadline=None)
@given(PUTS)
def test_any_sequence_of_puts_ends_as_its_last_writes_do(puts: list[list[Customer | Thread]]) -> None:
    last = {record_id(record): record for batch in puts for record in batch}
    with tempfile.TemporaryDirectory() as folder:
        with workspace_in(Path(folder, "many")) as many:
            for batch in puts:
                many.put(1, batch)
            assert many.put(2, list(last.values())) == ["unchanged"] * len(last)
            for made in last.values():
                read = many.thread(record_id(made)) if isinstance(made, Thread) else many.record(CUSTOMERS, made.id)
                assert read == made
            assert check_database(many) == []
            after_many = rows(many)
        with workspace_in(Path(folder, "once")) as once:
            once.put(1, list(last.values()))
            after_once = rows(once)
    for table, content in after_many.items():
        # Which run changed a record is history, not content.
        without_runs = [row[:-2] for row in content] if table in {"customers", "conversations"} else content
        once_without = (
            [row[:-2] for row in after_once[table]] if table in {"customers", "conversations"} else after_once[table]
        )
        assert without_runs == once_without
