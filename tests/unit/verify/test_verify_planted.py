"""Verification: an untouched workspace passes; whatever is spoilt is found and named, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journey.desk import Desk
from tests.unit.verify.spoilable import Spoilable, found_in

CHECKS = [
    "in scope",
    "conversations",
    "customers",
    "companies",
    "users",
    "custom fields",
    "tags",
    "saved replies",
    "quarantine",
    "parts",
    "attachments",
    "aliases",
    "second pass",
]
Planted = tuple[str, tuple[str, str, str]]


def test_untouched(imported: Desk) -> None:
    ran = imported.do("verify", "--json")
    assert set(ran.json) == {"ok", "checks", "incomplete"}
    assert ran.json["ok"] is True
    assert [check["name"] for check in ran.json["checks"]] == CHECKS
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


def test_a_conversation_of_which_intercom_gives_only_a_part_is_named(imported: Desk) -> None:
    ran = imported.do("verify", "--json")
    parts = next(check for check in ran.json["checks"] if check["name"] == "parts")
    (incomplete,) = ran.json["incomplete"]
    assert set(incomplete) == {"conversation", "expected_parts", "got", "reason"}
    assert incomplete["expected_parts"] > incomplete["got"] == 500
    assert parts["expected"] - parts["actual"] == incomplete["expected_parts"] - 500
    said = imported.do("verify").out
    assert f"Conversation {incomplete['conversation']} is incomplete: 500 of {incomplete['expected_parts']}" in said
    assert said.endswith("Everything is there.\n")


def some_thread(desk: Spoilable) -> tuple[int, str]:
    """The number and Intercom id of a conversation that has attachments and several messages."""
    (row,) = desk.ochre(
        """SELECT c.n, c.intercom_id FROM conversations c JOIN messages m ON m.conversation = c.n
        WHERE c.n IN (SELECT conversation FROM attachments) AND c.incomplete = 0
        GROUP BY c.n HAVING count(*) BETWEEN 4 AND 40 AND sum(m.body_html IS NOT NULL) > 1 ORDER BY c.n LIMIT 1"""
    )
    return int(row[0]), str(row[1])


def a_message(desk: Spoilable) -> tuple[int, str, str]:
    """Number and id of a message with a body, and the Intercom id of its conversation."""
    number, conversation = some_thread(desk)
    (row,) = desk.ochre(
        """SELECT n, id FROM messages WHERE conversation = ? AND body_html IS NOT NULL AND author_kind = 'customer'
        ORDER BY position LIMIT 1""",
        number,
    )
    return int(row[0]), str(row[1]), conversation


def missing_message(desk: Spoilable) -> Planted:
    number, id_, conversation = a_message(desk)
    desk.ochre("DELETE FROM messages WHERE n = ?", number)
    return "conversations", (f"message of {conversation}", id_, "")


def swapped_author(desk: Spoilable) -> Planted:
    number, id_, conversation = a_message(desk)
    desk.ochre(
        "UPDATE messages SET author_id = (SELECT id FROM customers WHERE id <> author_id LIMIT 1) WHERE n = ?", number
    )
    return "conversations", (f"message of {conversation}", id_, "author")


def changed_body(desk: Spoilable) -> Planted:
    number, id_, conversation = a_message(desk)
    desk.ochre("UPDATE messages SET body_html = body_html || ' ' WHERE n = ?", number)
    return "conversations", (f"message of {conversation}", id_, "body_html")


def shifted_time(desk: Spoilable) -> Planted:
    number, id_, conversation = a_message(desk)
    desk.ochre("UPDATE messages SET created_at = created_at + 1 WHERE n = ?", number)
    return "conversations", (f"message of {conversation}", id_, "created_at")


def reply_turned_note(desk: Spoilable) -> Planted:
    number, id_, conversation = a_message(desk)
    desk.ochre("UPDATE messages SET kind = 'note' WHERE n = ?", number)
    return "conversations", (f"message of {conversation}", id_, "kind")


def extra_message(desk: Spoilable) -> Planted:
    number, _, conversation = a_message(desk)
    desk.ochre(
        """INSERT INTO messages SELECT NULL, conversation, 1000, 'msg_extra', kind, source_id, source_type, author_kind,
        author_id, author_name, author_source_name, created_at, body_html, body_text, source_sha256, redacted, tags,
        event, '[]' FROM messages WHERE n = ?""",
        number,
    )
    return "conversations", (f"message of {conversation}", "msg_extra", "")


def renamed_attachment(desk: Spoilable) -> Planted:
    number, conversation = some_thread(desk)
    (row,) = desk.ochre("SELECT id FROM attachments WHERE conversation = ? ORDER BY id LIMIT 1", number)
    desk.ochre("UPDATE attachments SET name = 'another.txt' WHERE id = ?", row[0])
    return "conversations", (f"attachment of {conversation}", row[0], "name")


def changed_status(desk: Spoilable) -> Planted:
    number, conversation = some_thread(desk)
    desk.ochre("UPDATE conversations SET status = 'pending' WHERE n = ?", number)
    return "conversations", ("conversations", conversation, "status")


def changed_email(desk: Spoilable) -> Planted:
    (row,) = desk.ochre("SELECT id FROM customers WHERE email IS NOT NULL ORDER BY id LIMIT 1")
    desk.ochre("UPDATE customers SET email = 'somebody@else.example' WHERE id = ?", row[0])
    return "customers", ("customers", row[0], "email")


def lost_customer(desk: Spoilable) -> Planted:
    (row,) = desk.ochre("SELECT id FROM customers ORDER BY id LIMIT 1")
    desk.ochre("DELETE FROM customers WHERE id = ?", row[0])
    return "customers", ("customers", row[0], "")


def changed_company(desk: Spoilable) -> Planted:
    (row,) = desk.ochre("SELECT id, intercom_id FROM companies ORDER BY id LIMIT 1")
    desk.ochre("UPDATE companies SET custom_fields = '{\"odd\":1}' WHERE id = ?", row[0])
    return "companies", ("companies", row[1], "custom_fields")


def lost_user(desk: Spoilable) -> Planted:
    (row,) = desk.ochre("SELECT id FROM users WHERE state = 'historical' ORDER BY id LIMIT 1")
    desk.ochre("DELETE FROM users WHERE id = ?", row[0])
    return "users", ("users", row[0], "")


def changed_field(desk: Spoilable) -> Planted:
    (row,) = desk.ochre("SELECT id FROM custom_fields WHERE type = 'single_select' ORDER BY id LIMIT 1")
    desk.ochre("UPDATE custom_fields SET options = '[]' WHERE id = ?", row[0])
    return "custom fields", ("custom fields", row[0], "options")


def renamed_tag(desk: Spoilable) -> Planted:
    (row,) = desk.ochre("SELECT id FROM tags ORDER BY id LIMIT 1")
    desk.ochre("UPDATE tags SET name = 'something' WHERE id = ?", row[0])
    return "tags", ("tags", row[0], "name")


RECORDS = [
    missing_message,
    swapped_author,
    changed_body,
    shifted_time,
    reply_turned_note,
    extra_message,
    renamed_attachment,
    changed_status,
    changed_email,
    lost_customer,
    changed_company,
    lost_user,
    changed_field,
    renamed_tag,
]


@pytest.mark.parametrize("plant", RECORDS, ids=lambda plant: plant.__name__)
def test_a_planted_difference_in_a_record(desk: Spoilable, plant: Callable[[Spoilable], Planted]) -> None:
    check, difference = plant(desk)
    ran = desk.verify()
    assert ran.exit == 8
    assert ran.json["ok"] is False
    found = found_in(ran)
    assert found[check] == [difference]
    # A second pass would write this one record; nothing else is wrong.
    assert found == {check: [difference], "second pass": []}
    second = next(one for one in ran.json["checks"] if one["name"] == "second pass")
    assert (second["expected"], second["actual"]) == (0, 1)


def test_several_fields_of_one_record_are_each_named(desk: Spoilable) -> None:
    number, id_, conversation = a_message(desk)
    desk.ochre("UPDATE messages SET created_at = created_at + 1, body_text = '', redacted = 1 WHERE n = ?", number)
    kind = f"message of {conversation}"
    assert found_in(desk.verify())["conversations"] == [
        (kind, id_, "created_at"),
        (kind, id_, "body_text"),
        (kind, id_, "redacted"),
    ]


def test_a_missing_conversation(desk: Spoilable) -> None:
    number, conversation = some_thread(desk)
    desk.ochre("DELETE FROM attachments WHERE conversation = ?", number)
    desk.ochre("DELETE FROM messages WHERE conversation = ?", number)
    desk.ochre("DELETE FROM conversations WHERE n = ?", number)
    ran = desk.verify()
    assert ran.exit == 8
    lost = [("conversations", conversation, "")]
    assert found_in(ran) == {"in scope": lost, "conversations": lost, "second pass": []}
    scope = ran.json["checks"][0]
    assert (scope["expected"], scope["actual"]) == (60, 59)


@pytest.mark.parametrize("kind", ["intercom_conversation", "intercom_contact"])
def test_a_lost_alias(desk: Spoilable, kind: str) -> None:
    (row,) = desk.ochre(
        "SELECT value, coalesce(conversation_id, customer_id) FROM aliases WHERE kind = ? LIMIT 1", kind
    )
    desk.ochre("DELETE FROM aliases WHERE kind = ? AND value = ?", kind, row[0])
    ran = desk.verify()
    what = "conversations" if kind == "intercom_conversation" else "contacts"
    assert ran.exit == 8
    assert found_in(ran) == {"aliases": [(what, row[0], "alias")]}
    (difference,) = next(check for check in ran.json["checks"] if check["name"] == "aliases")["differences"]
    assert (difference["expected"], difference["actual"]) == (row[1], None)


def test_an_alias_that_leads_to_another_conversation(desk: Spoilable) -> None:
    first, second = desk.ochre(
        "SELECT value, conversation_id FROM aliases WHERE kind = 'intercom_conversation' ORDER BY value LIMIT 2"
    )
    desk.ochre("UPDATE aliases SET conversation_id = ? WHERE value = ?", second[1], first[0])
    assert found_in(desk.verify()) == {"aliases": [("conversations", first[0], "alias")]}


def stored_file(desk: Spoilable) -> tuple[Path, str, list[str]]:
    """A stored file, its SHA-256 and the attachments that show it."""
    (row,) = desk.ochre("SELECT sha256 FROM attachments WHERE state = 'stored' ORDER BY id LIMIT 1")
    shown = desk.ochre("SELECT id FROM attachments WHERE sha256 = ? ORDER BY id", row[0])
    path = desk.folder / "workspace" / "attachments" / row[0][:2] / row[0]
    return path, row[0], [id_ for (id_,) in shown]


def test_a_changed_byte_in_a_file(desk: Spoilable) -> None:
    path, sha256, shown = stored_file(desk)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    ran = desk.verify()
    assert ran.exit == 8
    assert found_in(ran) == {"attachments": [("attachments", id_, "content") for id_ in shown]}
    check = next(check for check in ran.json["checks"] if check["name"] == "attachments")
    assert check["expected"] - check["actual"] == len(shown)
    assert all(one["expected"] == sha256 != one["actual"] for one in check["differences"])


def test_a_lost_file(desk: Spoilable) -> None:
    path, _, shown = stored_file(desk)
    path.unlink()
    ran = desk.verify()
    assert ran.exit == 8
    assert found_in(ran) == {"attachments": [("attachments", id_, "missing") for id_ in shown]}


def test_a_lost_saved_reply(desk: Spoilable) -> None:
    (row,) = desk.ochre("SELECT intercom_id FROM saved_replies ORDER BY id LIMIT 1")
    desk.ochre("DELETE FROM saved_replies WHERE intercom_id = ?", row[0])
    ran = desk.verify()
    assert ran.exit == 8
    assert found_in(ran) == {"saved replies": [("saved replies", row[0], "")], "second pass": []}


def test_a_changed_saved_reply(desk: Spoilable) -> None:
    (row,) = desk.ochre("SELECT intercom_id FROM saved_replies ORDER BY id LIMIT 1")
    desk.ochre("UPDATE saved_replies SET body_text = 'Something else' WHERE intercom_id = ?", row[0])

    ran = desk.verify()
    assert found_in(ran) == {"saved replies": [("saved replies", row[0], "body_text")], "second pass": []}


def test_a_conversation_in_quarantine_that_was_never_imported(desk: Spoilable) -> None:
    number, conversation = some_thread(desk)
    for table in ("attachments", "messages"):
        desk.ochre(f"DELETE FROM {table} WHERE conversation = ?", number)
    desk.ochre("DELETE FROM aliases WHERE value = ?", conversation)
    desk.ochre("DELETE FROM conversations WHERE n = ?", number)
    desk.state("UPDATE conversation SET need = 2, got_parts = NULL, expected_parts = NULL WHERE id = ?", conversation)
    desk.state(
        "UPDATE outcome SET outcome = 'quarantined', reason = 'odd' WHERE kind = 'conversations' AND id = ?",
        conversation,
    )
    ran = desk.verify()
    assert ran.exit == 8
    assert found_in(ran) == {"in scope": [("conversations", conversation, "")]}
    (difference,) = ran.json["checks"][0]["differences"]
    assert (difference["actual"], difference["command"]) == ("odd", "ochre-tui run")


def test_a_conversation_whose_later_version_is_in_quarantine(desk: Spoilable) -> None:
    _, conversation = some_thread(desk)
    desk.state("UPDATE conversation SET need = 2 WHERE id = ?", conversation)
    desk.state(
        "UPDATE outcome SET outcome = 'quarantined', reason = 'odd' WHERE kind = 'conversations' AND id = ?",
        conversation,
    )
    ran = desk.verify()
    assert ran.exit == 8
    assert found_in(ran) == {"in scope": [("conversations", conversation, "")]}


def test_a_conversation_that_waits_but_that_intercom_lists_no_more(desk: Spoilable) -> None:
    _, conversation = some_thread(desk)
    desk.state("UPDATE conversation SET need = 2, listed_run = 0 WHERE id = ?", conversation)
    assert desk.verify().exit == 0


@pytest.mark.parametrize("kind", ["customers", "companies", "saved_replies"])
def test_another_record_in_quarantine(desk: Spoilable, kind: str) -> None:
    (row,) = desk.state("SELECT id FROM outcome WHERE kind = ? ORDER BY id LIMIT 1", kind)
    desk.state("UPDATE outcome SET outcome = 'quarantined', reason = 'odd' WHERE kind = ? AND id = ?", kind, row[0])
    ran = desk.verify()
    assert ran.exit == 8
    assert found_in(ran) == {"quarantine": [(kind, row[0], "")]}


def test_damage_in_the_archive_is_told_from_a_difference(desk: Spoilable) -> None:
    _, conversation = some_thread(desk)
    desk.state("UPDATE archive SET body = x'00010203' WHERE kind = 'conversation' AND id = ?", conversation)
    ran = desk.verify()
    assert ran.exit == 8
    found = next(check for check in ran.json["checks"] if check["name"] == "conversations")["differences"]
    assert [(one["id"], one["expected"]) for one in found] == [(conversation, "a readable archive")]
    desk.state("DELETE FROM archive WHERE kind = 'conversation' AND id = ?", conversation)
    assert found_in(desk.verify())["conversations"] == [("conversations", conversation, "")]


def test_words_for_people(desk: Spoilable) -> None:
    number, message, conversation = a_message(desk)
    desk.ochre("UPDATE messages SET source_type = ? WHERE n = ?", "\x1b[2Jcomment", number)
    ran = desk.call("verify")
    assert ran.exit == 8
    assert "DIFFERS" in ran.out
    assert f"message of {conversation} {message}, source_type: expected " in ran.out
    assert "found ␛[2Jcomment." in ran.out
    assert "\x1b" not in ran.said
    assert ran.out.endswith("There are differences.\n")


def test_nothing_imported_yet(tmp_path: Path, imported: Desk) -> None:
    desk = Desk(tmp_path, {**imported.environment, "OCHRE_TUI_HOME": str(tmp_path)})
    assert "There is no migration 'default'" in desk.do("verify", expect=2).err
    desk.do("connect")
    ran = desk.do("verify", "--json", expect=2)
    assert ran.json["error"] == "Nothing was imported yet."
