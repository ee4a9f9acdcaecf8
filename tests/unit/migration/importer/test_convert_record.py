"""A record on its way to what is written of it: kept while its files are fetched, asked for where it isn't."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from ochre_tui.migration.convert.context import StoredFile
from ochre_tui.migration.importer.convert_record import (
    ConvertedRecord,
    FailedRecord,
    FetchedFiles,
    RecordConverter,
    SourceRecord,
    WantedFiles,
    WantedRecord,
)
from ochre_tui.migration.importer.customers import CustomerLookup
from ochre_tui.store.worklist import Need, Pending
from tests.support.lookups import CDN, LOOKUPS
from tests.support.store_in_memory import tables_in_memory

PATH = f"{CDN}/1/aa/invoice.pdf"
STORED = {PATH: StoredFile("stored", "ab" * 32, 4711, "application/pdf")}


@pytest.fixture
def converter() -> Iterator[RecordConverter]:
    conn = tables_in_memory()
    yield RecordConverter(LOOKUPS, frozenset(), CustomerLookup(conn, "harbour"))
    conn.close()


def record(id_: str, *, body: str = "<p>Hello</p>", file: str | None = f"{PATH}?signature=1") -> SourceRecord:
    source = {"type": "conversation", "body": body, "attachments": [{"name": "invoice.pdf", "url": file}]}
    raw = json.dumps({"type": "conversation", "id": id_, "source": source if file else {"body": body}}).encode()
    return SourceRecord(Pending(id_, 0, None, Need.FETCH), raw, fresh=True)


def test_a_record_without_files_is_converted_at_once(converter: RecordConverter) -> None:
    assert isinstance(converter.convert(record("1", file=None)), ConvertedRecord)


def test_a_record_is_kept_until_what_became_of_its_files_is_known(converter: RecordConverter) -> None:
    wanted = converter.convert(record("1"))
    assert isinstance(wanted, WantedFiles)
    assert [ref.path for ref in wanted.files] == [PATH]
    answer = converter.convert(FetchedFiles(wanted.pending, STORED))
    assert isinstance(answer, ConvertedRecord)
    assert [attachment.state for attachment in answer.converted.thread.attachments] == ["stored"]


def test_a_record_that_is_sent_with_its_files_gives_the_same(converter: RecordConverter) -> None:
    source = record("1")
    converter.convert(source)
    kept = converter.convert(FetchedFiles(source.pending, STORED))
    assert kept == converter.convert(SourceRecord(source.pending, source.raw, fresh=True, files=STORED))


def test_files_of_a_record_that_is_not_kept_ask_for_it(converter: RecordConverter) -> None:
    unknown = record("1").pending
    assert converter.convert(FetchedFiles(unknown, STORED)) == WantedRecord(unknown)
    converter.convert(record("1"))
    converter.convert(FetchedFiles(unknown, STORED))
    assert converter.convert(FetchedFiles(unknown, STORED)) == WantedRecord(unknown)


def test_records_that_have_waited_longest_give_way(converter: RecordConverter) -> None:
    waiting = [record(str(number), body=f"<p>{'long ' * 100_000}</p>") for number in range(6)]
    for source in waiting:
        converter.convert(source)
    kept = [isinstance(converter.convert(FetchedFiles(one.pending, STORED)), ConvertedRecord) for one in waiting]
    assert kept == [False, False, True, True, True, True]


def test_a_record_that_waits_twice_is_counted_once(converter: RecordConverter) -> None:
    source = record("1", body=f"<p>{'long ' * 300_000}</p>")
    for _ in range(3):
        converter.convert(source)
    assert isinstance(converter.convert(FetchedFiles(source.pending, STORED)), ConvertedRecord)


def test_a_record_larger_than_the_room_is_asked_for(converter: RecordConverter) -> None:
    source = record("1", body=f"<p>{'long ' * 500_000}</p>")
    assert isinstance(converter.convert(source), WantedFiles)
    assert isinstance(converter.convert(FetchedFiles(source.pending, STORED)), WantedRecord)


def test_a_record_of_another_id_fails(converter: RecordConverter) -> None:
    source = record("2")
    asked_for = Pending("1", 0, None, Need.FETCH)
    answer = converter.convert(SourceRecord(asked_for, source.raw, fresh=True))
    assert answer == FailedRecord(asked_for, "Intercom answered with conversation 2 instead.")
