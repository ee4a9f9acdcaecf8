"""The smaller tables: archive, companies, tags, files, notes, and what verification counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.core.errors import RecordError
from ochre_tui.store import (
    archive,
    companies,
    files,
    inventory,
    outcomes,
    people,
    sync_passes,
    tags,
    warnings,
    worklist,
)
from ochre_tui.store.archive import Archive
from ochre_tui.store.files import FileRow
from ochre_tui.store.store import Store
from ochre_tui.store.sync_passes import WindowRow
from ochre_tui.store.worklist import Done, Listed
from tests.support.store_in_memory import tables_in_memory


@given(st.binary(max_size=2_000), st.binary(max_size=20), st.text(max_size=10), st.text(max_size=10))
def test_the_archive_gives_back_any_bytes(first: bytes, second: bytes, kind: str, id_: str) -> None:
    conn, kept = tables_in_memory(), Archive()
    kind, id_ = kind.encode("utf-8", "replace").decode(), id_.encode("utf-8", "replace").decode()
    assert kept.read(conn, kind, id_) is None
    archive.write(conn, None, kind, [(id_, kept.pack(first)), ("other", kept.pack(b"other"))])
    assert kept.read(conn, kind, id_) == (b"other" if id_ == "other" else first)
    archive.write(conn, None, kind, [(id_, kept.pack(second))])
    assert Archive().read(conn, kind, id_) == second
    assert kept.read(conn, kind + "s", id_) is None


@given(st.binary(min_size=1, max_size=200), st.integers(0, 10_000), st.integers(1, 255))
def test_damage_in_the_archive_is_an_error_of_that_record(raw: bytes, at: int, flip: int) -> None:
    packed = bytearray(Archive().pack(raw))
    with pytest.raises(RecordError, match="damaged"):
        Archive().unpack(bytes(packed[: at % len(packed)]))
    packed[at % 4] ^= flip  # the first four bytes say what it is
    with pytest.raises(RecordError, match="damaged"):
        Archive().unpack(bytes(packed))


def test_long_records_are_packed_small() -> None:
    raw = b'{"body": "' + b"The same words again. " * 10_000 + b'"}'
    packed = Archive().pack(raw)
    assert len(packed) < len(raw) / 100
    assert Archive().unpack(packed) == raw


def test_companies_that_are_new_or_changed_wait(store: Store) -> None:
    with store.transaction() as conn:
        assert companies.take(conn, 1, {"a": b"1", "b": b"1"}) == ["a", "b"]
        assert companies.to_do(conn, "", 10) == ["a", "b"]
        assert companies.to_do(conn, "a", 10) == ["b"]
        companies.done(conn, ["a", "b"])
        assert companies.take(conn, 2, {"a": b"1", "b": b"2"}) == ["b"]
        assert companies.to_do(conn, "", 10) == ["b"]
        companies.note_unchanged(conn, 2)
        assert outcomes.counts(conn, 2)["companies"]["unchanged"] == 1
        companies.convert_all_again(conn)
        assert companies.to_do(conn, "", 10) == companies.all_ids(conn) == ["a", "b"]


def test_companies_that_others_name_are_looked_up_once_a_run(store: Store) -> None:
    with store.transaction() as conn:
        companies.take(conn, 1, {"a": b"1"})
        companies.name(conn, ["a", "b", "c", "b"])
        assert companies.unknown(conn, 1) == ["b", "c"]
        companies.looked_up(conn, 1, ["b"])
        assert companies.unknown(conn, 1) == ["c"]
        assert companies.unknown(conn, 2) == ["a", "b", "c"]


def test_tags_keep_the_name_that_intercom_lists(store: Store) -> None:
    with store.transaction() as conn:
        tags.see(conn, [("1", "beta"), ("2", "old")])
        tags.see(conn, [("1", "alpha"), ("2", "zeta")])
        assert tags.all_names(conn) == [("1", "alpha"), ("2", "old")]
        tags.take(conn, 1, {"1": "listed"})
        tags.see(conn, [("1", "a")])
        assert tags.all_names(conn) == [("1", "listed"), ("2", "old")]
        tags.take(conn, 2, {"1": "renamed"})
        assert tags.all_names(conn) == [("1", "renamed"), ("2", "old")]


@given(st.permutations([("1", "beta"), ("1", "alpha"), ("2", "x"), ("1", "gamma")]))
def test_the_names_of_unlisted_tags_depend_on_no_order(names: list[tuple[str, str]]) -> None:
    conn = tables_in_memory()
    for name in names:
        tags.see(conn, [name])
    assert tags.all_names(conn) == [("1", "alpha"), ("2", "x")]


def test_tag_records_that_are_gone_are_named_once(store: Store) -> None:
    with store.transaction() as conn:
        assert tags.replace_records(conn, ["a", "b"]) == []
        assert tags.replace_records(conn, ["b", "c"]) == ["a"]
        assert tags.replace_records(conn, ["b", "c"]) == []


def test_a_file_that_is_stored_stays_stored(store: Store) -> None:
    missing = FileRow("/a", "missing", None, None, None, "404")
    stored = FileRow("/a", "stored", "ab" * 32, 7, "text/plain", None)
    with store.transaction() as conn:
        files.keep(conn, [missing])
        assert files.known(conn, ["/a", "/b"]) == {"/a": missing}
        files.keep(conn, [stored])
        files.keep(conn, [missing])
        assert files.known(conn, ["/a"]) == {"/a": stored}
        assert files.known(conn, []) == {}


def test_warnings_of_a_record_are_replaced(store: Store) -> None:
    with store.transaction() as conn:
        warnings.warn(conn, 1, "conversations", [("1", ["odd", "odder", "odd"]), ("2", ["odd"])])
        warnings.warn(conn, 2, "conversations", [("1", ["fine"]), ("2", [])])
        assert [(one.id, one.text) for one in warnings.warnings(conn)] == [("1", "fine")]
        warnings.report_merge(conn, "cus_1", '{"a": 1}')
        warnings.report_merge(conn, "cus_1", '{"a": 2}')
        assert conn.execute("SELECT * FROM merge").fetchall() == [("cus_1", '{"a": 2}')]
        warnings.report_merge(conn, "cus_1", None)
        assert conn.execute("SELECT * FROM merge").fetchall() == []


@pytest.fixture
def counted(store: Store) -> Store:
    """Five conversations: done, done in part, quarantined, waiting, left out."""
    window = WindowRow(0, 100, 150)
    with store.transaction() as conn:
        worklist.enlist(conn, 1, [Listed(id_, 1, 2, "open", "email") for id_ in "12345"])
        sync_passes.plan_windows(conn, 1, [window])
        sync_passes.window_done(conn, 1, window, [])
        for _ in worklist.decide_scope(conn, 1, lambda row: "why" if row.id == "5" else None):
            pass
        worklist.finish(conn, 1, [Done("1", 2, 3, 3), Done("2", 2, 700, 500)])
        outcomes.record(conn, 1, "conversations", [("3", "quarantined", "odd")])
    return store


def test_the_census_of_conversations(counted: Store) -> None:
    conn = counted.conn
    assert inventory.conversations(conn) == ["1", "2"]
    assert (inventory.count_conversations(conn), inventory.count_in_scope(conn)) == (2, 2)
    assert inventory.imported(conn, ["2", "3", "9"]) == {"2"}
    assert [(one.id, one.reason) for one in inventory.undone(conn)] == [("3", "odd"), ("4", "not imported yet")]
    assert not any(one.in_quarantine for one in inventory.undone(conn))
    with counted.transaction():
        conn.execute("INSERT INTO run (state, started_at, pid, host) VALUES ('importing', 1, 1, 'here')")
    assert [one.id for one in inventory.undone(conn) if one.in_quarantine] == ["3"]


def test_the_census_forgets_what_intercom_lists_no_more(counted: Store) -> None:
    window = WindowRow(0, 100, 150)
    with counted.transaction() as conn:
        worklist.enlist(conn, 2, [Listed("4", 1, 2, "open", "email")])
        sync_passes.plan_windows(conn, 2, [window])
    assert [one.id for one in inventory.undone(counted.conn)] == ["3", "4"]  # its listing is not at its end yet
    with counted.transaction() as conn:
        sync_passes.window_done(conn, 2, window, [])
    assert [one.id for one in inventory.undone(counted.conn)] == ["4"]
    assert inventory.conversations(counted.conn, "1", 5) == ["2"]


def test_the_census_of_other_records(store: Store) -> None:
    with store.transaction() as conn:
        conn.execute("INSERT INTO run (state, started_at, pid, host) VALUES ('importing', 1, 1, 'here')")
        people.assign(conn, [("a", "A", "listed"), ("b", "B", "listed"), ("c", "C", "listed"), ("d", "D", "listed")])
        outcomes.record(
            conn,
            1,
            "customers",
            [("A", "created", None), ("B", "skipped", "why"), ("C", "quarantined", "odd"), ("D", "unchanged", None)],
        )
        companies.take(conn, 1, {"x": b"1", "y": b"1", "z": b"1"})
        outcomes.record(conn, 1, "companies", [("x", "created", None), ("y", "quarantined", "odd")])
        outcomes.record(
            conn, 1, "saved_replies", [("r", "created", None), ("s", "skipped", "no"), ("t", "changed", None)]
        )
    conn = store.conn
    assert inventory.customers(conn) == ["A", "D"]
    assert inventory.count_customers(conn) == 2
    assert inventory.written_customers(conn, ["A", "B", "Z"]) == {"A"}
    assert inventory.known_customers(conn, ["A", "B", "Z"]) == {"A", "B"}
    assert inventory.contacts(conn) == [("a", "A"), ("d", "D")]
    assert inventory.companies(conn) == ["x"]
    assert list(inventory.saved_replies(conn)) == ["r", "t"]
    assert [(one.kind, one.id) for one in inventory.quarantined(conn)] == [("companies", "y"), ("customers", "C")]
