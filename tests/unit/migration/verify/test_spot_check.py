"""Both sides of a conversation, quarantined records as they were read, and the last check-lists."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from ochre_tui.core.errors import RecordError, UsageError
from ochre_tui.core.paths import MigrationPaths, existing
from ochre_tui.intercom.workspace import Workspace
from ochre_tui.migration import connection, destination
from ochre_tui.migration.cutover import checklist
from ochre_tui.migration.cutover.settings import Entered
from ochre_tui.migration.repair import quarantine
from ochre_tui.migration.session import Session
from ochre_tui.migration.verify import spot_check
from ochre_tui.migration.verify.spot_check import SpotCheck
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.store import checklist as marks
from ochre_tui.store.outcomes import Quarantined
from ochre_tui.store.store import Store
from tests.support.spoilable import Spoilable


@contextmanager
def both(cli: Spoilable) -> Iterator[tuple[Store, EmbeddedWorkspace]]:
    paths = existing(cli.home, "default")
    with Store(paths.state_db) as store, closing(destination.open_embedded(paths)) as workspace:
        yield store, workspace


def workspace(region: str) -> Workspace:
    return Workspace("x1", "Acme", region, "UTC", "https://api.intercom.io", None)


def look(cli: Spoilable, intercom_id: str) -> SpotCheck:
    with both(cli) as (store, workspace):
        return spot_check.look(store, workspace, connection.pinned(store).id_code, intercom_id)


def imported(cli: Spoilable) -> list[str]:
    return [row[0] for row in cli.state("SELECT id FROM conversation WHERE got_parts > 2 ORDER BY id")]


def test_every_message_has_its_counterpart_with_the_same_words(cli: Spoilable) -> None:
    words = 0
    for intercom_id in imported(cli):
        for pair in look(cli, intercom_id).pairs:
            assert pair.there is not None
            assert pair.here is not None
            assert pair.there.at == pair.here.at
            there, here = set(pair.there.text.split()), set(pair.here.text.split())
            words += len(there & here)
    assert words > 500


def test_a_message_that_ochre_lacks_and_one_that_it_has_too_many(cli: Spoilable) -> None:
    intercom_id = imported(cli)[0]
    number = cli.ochre("SELECT n FROM conversations WHERE intercom_id = ?", intercom_id)[0][0]
    cli.ochre("UPDATE messages SET id = 'msg_stray' WHERE conversation = ? AND position = 1", number)
    pairs = look(cli, intercom_id).pairs
    assert [index for index, pair in enumerate(pairs) if pair.here is None] == [1]
    assert pairs[-1].there is None
    assert pairs[-1].here is not None


def test_what_is_not_there_is_said(cli: Spoilable) -> None:
    with pytest.raises(RecordError, match="never read"):
        look(cli, "1")
    intercom_id = imported(cli)[0]
    cli.ochre("DELETE FROM conversations WHERE intercom_id = ?", intercom_id)
    with pytest.raises(RecordError, match="not in Ochre"):
        look(cli, intercom_id)


def test_a_link_leads_to_its_conversation_and_nothing_else(cli: Spoilable) -> None:
    intercom_id = imported(cli)[0]
    with both(cli) as (_, workspace):
        link = f"https://app.intercom.com/a/inbox/x1/inbox/conversation/{intercom_id}"
        assert spot_check.find(workspace, link) == intercom_id
        with pytest.raises(UsageError, match="no conversation"):
            spot_check.find(workspace, "https://example.com/")


def test_random_ones_are_those_not_looked_at_as_long_as_there_are_any(cli: Spoilable) -> None:
    rng = random.Random(1)
    with both(cli) as (store, _):
        every = {row[0] for row in store.conn.execute("SELECT id FROM conversation WHERE got_parts IS NOT NULL")}
        left = sorted(every)[0]
        with store.transaction() as conn:
            for intercom_id in every - {left}:
                marks.mark_looked_at(conn, intercom_id, 5)
        assert {spot_check.any_conversation(store, rng) for _ in range(5)} == {left}
        with store.transaction() as conn:
            marks.mark_looked_at(conn, left, 5)
        assert spot_check.any_conversation(store, rng) in every


def test_nothing_to_choose_from_before_an_import(paths: MigrationPaths) -> None:
    with Store(paths.state_db) as store, pytest.raises(UsageError, match="no imported conversation"):
        spot_check.any_conversation(store, random.Random(1))


def test_a_quarantined_record_as_it_was_read(cli: Spoilable) -> None:
    intercom_id = imported(cli)[0]
    record = Quarantined("conversations", intercom_id, "broken", 1)
    with both(cli) as (store, _):
        text = quarantine.record_text(store, record)
        assert text is not None
        assert f'"id": "{intercom_id}"' in text
        assert quarantine.record_text(store, Quarantined("conversations", "1", "broken", 1)) is None
        assert quarantine.record_text(store, Quarantined("tags", "1", "broken", 1)) is None
    assert quarantine.address(record, workspace("EU")) == (
        f"https://app.eu.intercom.com/a/inbox/x1/inbox/conversation/{intercom_id}"
    )
    assert (
        quarantine.address(record, workspace(""))
        == f"https://app.intercom.com/a/inbox/x1/inbox/conversation/{intercom_id}"
    )
    assert quarantine.address(Quarantined("customers", "1", "", 1), workspace("US")) is None


def test_due_days_are_counted_from_the_cut_over(paths: MigrationPaths) -> None:
    items = checklist.wind_down_items("acme")
    with Store(paths.state_db) as store:
        assert {line.due_at for line in checklist.lines(store, items)} == {None}
        checklist.tick(Session(paths, now=lambda: 1_000), checklist.CUT_OVER_DONE)
        checklist.tick(Session(paths, now=lambda: 5_000), "read-only")
        lines = {line.item.id: line for line in checklist.lines(store, items)}
        assert lines["read-only"].due_at == 1_000 + 30 * 86_400
        assert lines["read-only"].done_at == 5_000
        assert lines["cancel"].due_at == 1_000 + 60 * 86_400
        checklist.untick(Session(paths), checklist.CUT_OVER_DONE)
        assert checklist.cut_over_at(store) is None


def test_no_two_items_share_a_name() -> None:
    items = [*checklist.cut_over_items("x1", "acme", Entered()), *checklist.wind_down_items("acme")]
    names = [item.id for item in items]
    assert len(set(names)) == len(names)
    assert checklist.CUT_OVER_DONE not in names


@pytest.fixture
def paths(tmp_path_factory: pytest.TempPathFactory) -> MigrationPaths:
    found = MigrationPaths("default", tmp_path_factory.mktemp("bare") / "default")
    found.create()
    return found
