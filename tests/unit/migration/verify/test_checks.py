"""Verification: an untouched workspace passes; whatever is spoilt is found and named, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ochre_tui.migration.verify.model import CHECKS
from tests.support.command_line import CommandLine
from tests.support.planted import PLANTS, Planted, a_message, some_thread
from tests.support.spoilable import Spoilable, commands_in, found_in


def test_untouched(imported: CommandLine) -> None:
    ran = imported.do("verify", "--json")
    assert set(ran.json) == {"ok", "checks", "incomplete"}
    assert ran.json["ok"] is True
    assert tuple(check["name"] for check in ran.json["checks"]) == CHECKS
    for check in ran.json["checks"]:
        assert set(check) == {"name", "expected", "actual", "ok", "differences"}
        assert check["ok"] is True
        assert check["differences"] == []
    counted = {check["name"]: check for check in ran.json["checks"]}
    written = imported.status()
    assert counted["in scope"]["actual"] == counted["conversations"]["actual"] == 60
    assert counted["customers"]["expected"] == written["counts"]["customers"]["created"] > 40
    assert counted["companies"]["expected"] == written["counts"]["companies"]["created"] > 10
    assert counted["attachments"]["expected"] == written["attachments"]["stored"] > 10
    assert counted["aliases"]["expected"] > 60 + counted["customers"]["expected"]


def test_a_conversation_of_which_intercom_gives_only_a_part_is_named(imported: CommandLine) -> None:
    ran = imported.do("verify", "--json")
    parts = next(check for check in ran.json["checks"] if check["name"] == "parts")
    (incomplete,) = ran.json["incomplete"]
    assert set(incomplete) == {"conversation", "expected_parts", "got", "reason"}
    assert incomplete["expected_parts"] > incomplete["got"] == 500
    assert parts["expected"] - parts["actual"] == incomplete["expected_parts"] - 500
    said = imported.do("verify").out
    assert f"Conversation {incomplete['conversation']} is incomplete: 500 of {incomplete['expected_parts']}" in said
    assert said.endswith("Everything is there.\n")


def test_the_documented_table_has_every_plant() -> None:
    page = (Path(__file__).parents[4] / "docs" / "reliability.md").read_text("utf-8")
    _, _, section = page.partition("## Planted and found")
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    assert [row[0].removeprefix("| ") for row in rows] == list(PLANTS)
    assert "not" not in {word.strip("*") for row in rows for word in row[1:3]}


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS.keys())
def test_a_planted_difference(cli: Spoilable, plant: Callable[[Spoilable], Planted]) -> None:
    """It is found and named, nothing else is, and the command that it names mends it."""
    planted = plant(cli)
    ran = cli.verify()
    assert ran.exit == 8
    found = found_in(ran)
    assert found.pop(planted.check) == planted.found
    assert found.keys() - {"second pass"} == set(planted.also)
    assert commands_in(ran) == {planted.command}
    if planted.command is None:
        return
    cli.do(*planted.command.split()[1:])  # mending verifies again by itself, and ends with 8 where that finds something
    assert "--mend" in planted.command or cli.verify().exit == 0
    assert cli.whole() == []


def test_several_fields_of_one_record_are_each_named(cli: Spoilable) -> None:
    number, id_, conversation = a_message(cli)
    cli.ochre("UPDATE messages SET created_at = created_at + 1, body_text = '', redacted = 1 WHERE n = ?", number)
    kind = f"message of {conversation}"
    assert found_in(cli.verify())["conversations"] == [
        (kind, id_, "created_at"),
        (kind, id_, "body_text"),
        (kind, id_, "redacted"),
    ]


def test_a_conversation_in_quarantine_that_was_never_imported(cli: Spoilable) -> None:
    number, conversation, _ = some_thread(cli)
    for table in ("attachments", "messages"):
        cli.ochre(f"DELETE FROM {table} WHERE conversation = ?", number)
    cli.ochre("DELETE FROM aliases WHERE value = ?", conversation)
    cli.ochre("DELETE FROM conversations WHERE n = ?", number)
    cli.state("UPDATE conversation SET need = 2, got_parts = NULL, expected_parts = NULL WHERE id = ?", conversation)
    cli.state(
        "UPDATE outcome SET outcome = 'quarantined', reason = 'odd' WHERE kind = 'conversations' AND id = ?",
        conversation,
    )
    ran = cli.verify()
    assert ran.exit == 8
    assert found_in(ran) == {"in scope": [("conversations", conversation, "")]}
    (difference,) = ran.json["checks"][0]["differences"]
    assert (difference["actual"], difference["command"]) == ("odd", "ochre-tui retry")


def test_a_conversation_whose_later_version_is_in_quarantine(cli: Spoilable) -> None:
    _, conversation, _ = some_thread(cli)
    cli.state("UPDATE conversation SET need = 2 WHERE id = ?", conversation)
    cli.state(
        "UPDATE outcome SET outcome = 'quarantined', reason = 'odd' WHERE kind = 'conversations' AND id = ?",
        conversation,
    )
    ran = cli.verify()
    assert ran.exit == 8
    assert found_in(ran) == {"in scope": [("conversations", conversation, "")]}


def test_a_conversation_that_waits_but_that_intercom_lists_no_more(cli: Spoilable) -> None:
    _, conversation, _ = some_thread(cli)
    cli.state("UPDATE conversation SET need = 2, listed_run = 0 WHERE id = ?", conversation)
    assert cli.verify().exit == 0


@pytest.mark.parametrize("kind", ["customers", "companies", "saved_replies"])
def test_another_record_in_quarantine(cli: Spoilable, kind: str) -> None:
    (row,) = cli.state("SELECT id FROM outcome WHERE kind = ? ORDER BY id LIMIT 1", kind)
    cli.state("UPDATE outcome SET outcome = 'quarantined', reason = 'odd' WHERE kind = ? AND id = ?", kind, row[0])
    ran = cli.verify()
    assert ran.exit == 8
    assert found_in(ran) == {"quarantine": [(kind, row[0], "")]}


def test_words_for_people(cli: Spoilable) -> None:
    number, message, conversation = a_message(cli)
    cli.ochre("UPDATE messages SET source_type = ? WHERE n = ?", "\x1b[2Jcomment", number)
    ran = cli.call("verify")
    assert ran.exit == 8
    assert "DIFFERS" in ran.out
    assert f"message of {conversation} {message}, source_type: expected " in ran.out
    assert "found ␛[2Jcomment." in ran.out
    assert "\x1b" not in ran.said
    assert ran.out.endswith("There are differences.\n")


def test_nothing_imported_yet(tmp_path: Path, imported: CommandLine) -> None:
    cli = CommandLine(tmp_path, {**imported.environment, "OCHRE_TUI_HOME": str(tmp_path)})
    assert "There is no migration 'default'" in cli.do("verify", expect=2).err
    cli.do("connect")
    ran = cli.do("verify", "--json", expect=2)
    assert ran.json["error"] == "Nothing was imported yet."
