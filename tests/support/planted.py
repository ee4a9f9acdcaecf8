"""Differences of every kind, each planted behind everybody's back into a workspace that was really imported."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tests.support.spoilable import Spoilable

Found: TypeAlias = tuple[str, str, str]
"""(kind, id, field) of a difference."""


@dataclass(frozen=True, slots=True)
class Planted:
    """The check that has to find it, and as what; `also` are checks that see it too."""

    check: str
    found: list[Found]
    command: str | None = "ochre-tui verify --mend"
    also: tuple[str, ...] = ()


def some_thread(cli: Spoilable) -> tuple[int, str, str]:
    """The number, Intercom id and id of a conversation that has attachments and several messages."""
    (row,) = cli.ochre(
        """SELECT c.n, c.intercom_id, c.id FROM conversations c JOIN messages m ON m.conversation = c.n
        WHERE c.n IN (SELECT conversation FROM attachments WHERE state = 'stored') AND c.incomplete = 0
        GROUP BY c.n HAVING count(*) BETWEEN 4 AND 40 AND sum(m.body_html IS NOT NULL) > 1 ORDER BY c.n LIMIT 1"""
    )
    return int(row[0]), str(row[1]), str(row[2])


def a_message(cli: Spoilable) -> tuple[int, str, str]:
    """Number and id of a message with a body, not the first one, and the Intercom id of its conversation."""
    number, conversation, _ = some_thread(cli)
    (row,) = cli.ochre(
        """SELECT n, id FROM messages WHERE conversation = ? AND body_html IS NOT NULL AND position > 0
        ORDER BY author_kind = 'customer' DESC, position LIMIT 1""",
        number,
    )
    return int(row[0]), str(row[1]), conversation


def stored_file(cli: Spoilable) -> tuple[Path, str, list[str]]:
    """A stored file, its SHA-256 and the attachments that show it."""
    (row,) = cli.ochre("SELECT sha256 FROM attachments WHERE state = 'stored' ORDER BY id LIMIT 1")
    shown = cli.ochre("SELECT id FROM attachments WHERE sha256 = ? ORDER BY id", row[0])
    path = cli.folder / "workspace" / "attachments" / row[0][:2] / row[0]
    return path, row[0], [id_ for (id_,) in shown]


def _message(cli: Spoilable, change: str, field: str, *values: object) -> Planted:
    number, id_, conversation = a_message(cli)
    cli.ochre(f"UPDATE messages SET {change} WHERE n = ?", *values, number)
    return Planted("conversations", [(f"message of {conversation}", id_, field)])


def _conversation(cli: Spoilable, change: str, field: str, *also: str) -> Planted:
    number, conversation, _ = some_thread(cli)
    cli.ochre(f"UPDATE conversations SET {change} WHERE n = ?", number)
    return Planted("conversations", [("conversations", conversation, field)], also=also)


def missing_message(cli: Spoilable) -> Planted:
    number, id_, conversation = a_message(cli)
    cli.ochre("DELETE FROM messages WHERE n = ?", number)
    return Planted("conversations", [(f"message of {conversation}", id_, "")], also=("parts",))


def extra_message(cli: Spoilable) -> Planted:
    number, _, conversation = a_message(cli)
    cli.ochre(
        """INSERT INTO messages SELECT NULL, conversation, 1000, 'msg_extra', kind, source_id, source_type, author_kind,
        author_id, author_name, author_source_name, created_at, body_html, body_text, source_sha256, redacted, tags,
        event, '[]', '[]', '[]', NULL, NULL, NULL FROM messages WHERE n = ?""",
        number,
    )
    return Planted("conversations", [(f"message of {conversation}", "msg_extra", "")], also=("parts",))


def swapped_author(cli: Spoilable) -> Planted:
    other = "(SELECT id FROM customers WHERE id IS NOT author_id LIMIT 1)"
    return _message(cli, f"author_kind = 'customer', author_id = {other}", "author")


def changed_body(cli: Spoilable) -> Planted:
    return _message(cli, "body_html = body_html || ' '", "body_html")


def changed_plain_text(cli: Spoilable) -> Planted:
    return _message(cli, "body_text = 'Something else'", "body_text")


def reply_turned_note(cli: Spoilable) -> Planted:
    return _message(cli, "kind = CASE kind WHEN 'note' THEN 'reply' ELSE 'note' END", "kind")


def unreadable_column(cli: Spoilable) -> Planted:
    return _message(cli, "tags = 'no JSON'", "tags")


def shifted_time(cli: Spoilable) -> Planted:
    return _message(cli, "created_at = created_at + 3600", "created_at")


def wrong_time_zone(cli: Spoilable) -> Planted:
    """The times of one conversation, all of them, as if they had been read in another zone."""
    number, conversation, _ = some_thread(cli)
    cli.ochre(
        "UPDATE conversations SET created_at = created_at - 25200, updated_at = updated_at - 25200 WHERE n = ?", number
    )
    cli.ochre("UPDATE messages SET created_at = created_at - 25200 WHERE conversation = ?", number)
    ids = [id_ for (id_,) in cli.ochre("SELECT id FROM messages WHERE conversation = ? ORDER BY position", number)]
    return Planted(
        "conversations",
        [
            ("conversations", conversation, "created_at"),
            ("conversations", conversation, "updated_at"),
            *((f"message of {conversation}", id_, "created_at") for id_ in ids),
        ],
    )


def changed_state(cli: Spoilable) -> Planted:
    return _conversation(cli, "status = 'pending'", "status", "by state")


def changed_channel(cli: Spoilable) -> Planted:
    return _conversation(cli, "channel = 'Intercom Fax'", "channel", "by channel")


def another_month(cli: Spoilable) -> Planted:
    return _conversation(cli, "created_at = 86400", "created_at", "by month")


def changed_tags(cli: Spoilable) -> Planted:
    return _conversation(cli, "tags = '[\"planted\"]'", "tags")


def changed_fields(cli: Spoilable) -> Planted:
    return _conversation(cli, "custom_fields = '{\"planted\":true}'", "custom_fields")


def changed_customers(cli: Spoilable) -> Planted:
    return _conversation(cli, "customer_ids = '[]'", "customer_ids")


def changed_intercom_id(cli: Spoilable) -> Planted:
    number, conversation, _ = some_thread(cli)
    cli.ochre("UPDATE conversations SET intercom_id = '1' WHERE n = ?", number)
    return Planted("conversations", [("conversations", conversation, "intercom_id")])


def missing_conversation(cli: Spoilable) -> Planted:
    """Its row alone: what belonged to it stays behind."""
    number, conversation, _ = some_thread(cli)
    cli.ochre("DELETE FROM conversations WHERE n = ?", number)
    also = ("by month", "by state", "by channel")
    return Planted("conversations", [("conversations", conversation, "")], also=also)


def duplicated_conversation(cli: Spoilable) -> Planted:
    number, _, _ = some_thread(cli)
    columns = _columns(cli, "conversations")
    cli.ochre(
        f"INSERT INTO conversations (id, {columns}) SELECT 'cnv_twice', {columns} FROM conversations WHERE n = ?",
        number,
    )
    return Planted("conversations", [("conversations", "cnv_twice", "intercom_id")])


def lost_attachment(cli: Spoilable) -> Planted:
    number, conversation, _ = some_thread(cli)
    (row,) = cli.ochre("SELECT id FROM attachments WHERE conversation = ? ORDER BY id LIMIT 1", number)
    cli.ochre("DELETE FROM attachments WHERE id = ?", row[0])
    return Planted("conversations", [(f"attachment of {conversation}", row[0], "")])


def renamed_attachment(cli: Spoilable) -> Planted:
    number, conversation, _ = some_thread(cli)
    (row,) = cli.ochre("SELECT id FROM attachments WHERE conversation = ? ORDER BY id LIMIT 1", number)
    cli.ochre("UPDATE attachments SET name = 'another.txt' WHERE id = ?", row[0])
    return Planted("conversations", [(f"attachment of {conversation}", row[0], "name")])


def wrong_hash(cli: Spoilable) -> Planted:
    return _attachment(cli, f"sha256 = '{'0' * 64}'")


def no_hash_at_all(cli: Spoilable) -> Planted:
    return _attachment(cli, "sha256 = 'no hash'")


def _attachment(cli: Spoilable, change: str) -> Planted:
    number, conversation, _ = some_thread(cli)
    (row,) = cli.ochre("SELECT id FROM attachments WHERE conversation = ? AND state = 'stored' LIMIT 1", number)
    cli.ochre(f"UPDATE attachments SET {change} WHERE id = ?", row[0])
    return Planted("conversations", [(f"attachment of {conversation}", row[0], "sha256")], also=("attachments",))


def moved_attachment(cli: Spoilable) -> Planted:
    number, conversation, _ = some_thread(cli)
    (row,) = cli.ochre("SELECT id FROM attachments WHERE conversation = ? ORDER BY id LIMIT 1", number)
    other, name = cli.ochre(
        """SELECT n, intercom_id FROM conversations WHERE n NOT IN (SELECT conversation FROM attachments)
        ORDER BY n LIMIT 1"""
    )[0]
    cli.ochre("UPDATE attachments SET conversation = ? WHERE id = ?", other, row[0])
    found = [(f"attachment of {conversation}", row[0], ""), (f"attachment of {name}", row[0], "")]
    return Planted("conversations", found)


def _customer(cli: Spoilable) -> str:
    (row,) = cli.ochre(
        """SELECT id FROM customers WHERE email IS NOT NULL AND name IS NOT NULL AND external_ids <> '[]'
        ORDER BY id LIMIT 1"""
    )
    return str(row[0])


def changed_email(cli: Spoilable) -> Planted:
    id_ = _customer(cli)
    cli.ochre("UPDATE customers SET email = 'somebody@else.example' WHERE id = ?", id_)
    return Planted("customers", [("customers", id_, "email")])


def changed_name(cli: Spoilable) -> Planted:
    id_ = _customer(cli)
    cli.ochre("UPDATE customers SET name = 'Planted Mallory' WHERE id = ?", id_)
    return Planted("customers", [("customers", id_, "name")])


def lost_customer(cli: Spoilable) -> Planted:
    id_ = _customer(cli)
    cli.ochre("DELETE FROM customers WHERE id = ?", id_)
    return Planted("customers", [("customers", id_, "")])


def duplicated_customer(cli: Spoilable) -> Planted:
    id_ = _customer(cli)
    columns = _columns(cli, "customers")
    cli.ochre(f"INSERT INTO customers (id, {columns}) SELECT 'cus_twice', {columns} FROM customers WHERE id = ?", id_)
    return Planted("customers", [("customers", "cus_twice", "intercom_ids")])


def second_customer_of_an_email(cli: Spoilable) -> Planted:
    """One that nobody in Intercom is: people may have made it, so nothing takes it out."""
    id_ = _customer(cli)
    columns = _columns(cli, "customers")
    cli.ochre(f"INSERT INTO customers (id, {columns}) SELECT 'cus_twice', {columns} FROM customers WHERE id = ?", id_)
    cli.ochre("UPDATE customers SET intercom_ids = '[]' WHERE id = 'cus_twice'")
    return Planted("customers", [("customers", "cus_twice", "email")], command=None)


def changed_company(cli: Spoilable) -> Planted:
    (row,) = cli.ochre("SELECT id, intercom_id FROM companies ORDER BY id LIMIT 1")
    cli.ochre("UPDATE companies SET custom_fields = '{\"odd\":1}' WHERE id = ?", row[0])
    return Planted("companies", [("companies", row[1], "custom_fields")])


def lost_company(cli: Spoilable) -> Planted:
    (row,) = cli.ochre("SELECT id, intercom_id FROM companies ORDER BY id LIMIT 1")
    cli.ochre("DELETE FROM companies WHERE id = ?", row[0])
    return Planted("companies", [("companies", row[1], "")])


def lost_user(cli: Spoilable) -> Planted:
    (row,) = cli.ochre("SELECT id FROM users WHERE state = 'historical' ORDER BY id LIMIT 1")
    cli.ochre("DELETE FROM users WHERE id = ?", row[0])
    return Planted("users", [("users", row[0], "")])


def changed_role(cli: Spoilable) -> Planted:
    (row,) = cli.ochre("SELECT id FROM users WHERE state = 'historical' ORDER BY id LIMIT 1")
    cli.ochre("UPDATE users SET name = 'Planted' WHERE id = ?", row[0])
    return Planted("users", [("users", row[0], "name")])


def changed_options(cli: Spoilable) -> Planted:
    (row,) = cli.ochre("SELECT id FROM custom_fields WHERE type = 'single_select' ORDER BY id LIMIT 1")
    cli.ochre("UPDATE custom_fields SET options = '[]' WHERE id = ?", row[0])
    return Planted("custom fields", [("custom fields", row[0], "options")])


def renamed_tag(cli: Spoilable) -> Planted:
    (row,) = cli.ochre("SELECT id FROM tags ORDER BY id LIMIT 1")
    cli.ochre("UPDATE tags SET name = 'something' WHERE id = ?", row[0])
    return Planted("tags", [("tags", row[0], "name")])


def lost_saved_reply(cli: Spoilable) -> Planted:
    (row,) = cli.ochre("SELECT intercom_id FROM saved_replies ORDER BY id LIMIT 1")
    cli.ochre("DELETE FROM saved_replies WHERE intercom_id = ?", row[0])
    return Planted("saved replies", [("saved replies", row[0], "")])


def wrong_placeholder(cli: Spoilable) -> Planted:
    """`{{customer.first_name}}` has become another customer's field."""
    row = next(
        row
        for row in cli.ochre("SELECT intercom_id, body_html, body_text FROM saved_replies ORDER BY id")
        if "{{customer." in row[1] and "{{customer." in row[2]
    )
    html, text = (re.sub(r"\{\{customer\.\w+", "{{customer.planted", body) for body in row[1:])
    cli.ochre("UPDATE saved_replies SET body_html = ?, body_text = ? WHERE intercom_id = ?", html, text, row[0])
    return Planted("saved replies", [("saved replies", row[0], "body_html"), ("saved replies", row[0], "body_text")])


def changed_byte(cli: Spoilable) -> Planted:
    path, _, shown = stored_file(cli)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return Planted("attachments", [("attachments", id_, "content") for id_ in shown], "ochre-tui resync attachments")


def truncated_file(cli: Spoilable) -> Planted:
    path, _, shown = stored_file(cli)
    path.write_bytes(path.read_bytes()[:-1])
    return Planted("attachments", [("attachments", id_, "content") for id_ in shown], "ochre-tui resync attachments")


def lost_file(cli: Spoilable) -> Planted:
    path, _, shown = stored_file(cli)
    path.unlink()
    return Planted("attachments", [("attachments", id_, "missing") for id_ in shown], "ochre-tui resync attachments")


def lost_conversation_alias(cli: Spoilable) -> Planted:
    return _alias(cli, "intercom_conversation", "conversations")


def lost_contact_alias(cli: Spoilable) -> Planted:
    return _alias(cli, "intercom_contact", "contacts")


def _alias(cli: Spoilable, kind: str, found: str) -> Planted:
    (row,) = cli.ochre("SELECT value FROM aliases WHERE kind = ? LIMIT 1", kind)
    cli.ochre("DELETE FROM aliases WHERE kind = ? AND value = ?", kind, row[0])
    return Planted("aliases", [(found, row[0], "alias")])


def alias_that_leads_elsewhere(cli: Spoilable) -> Planted:
    first, second = cli.ochre(
        "SELECT value, conversation_id FROM aliases WHERE kind = 'intercom_conversation' ORDER BY value LIMIT 2"
    )
    cli.ochre("UPDATE aliases SET conversation_id = ? WHERE value = ?", second[1], first[0])
    return Planted("aliases", [("conversations", first[0], "alias")])


def damaged_archive(cli: Spoilable) -> Planted:
    _, conversation, _ = some_thread(cli)
    cli.state("UPDATE archive SET body = x'00010203' WHERE kind = 'conversation' AND id = ?", conversation)
    return Planted("conversations", [("conversations", conversation, "")], "ochre-tui run")


def lost_archive_of_a_contact(cli: Spoilable) -> Planted:
    (row,) = cli.state(
        "SELECT contact_id, customer_id FROM person WHERE origin = 'listed' ORDER BY customer_id LIMIT 1"
    )
    cli.state("DELETE FROM archive WHERE kind = 'contact' AND id = ?", row[0])
    return Planted("customers", [("customers", row[1], "")], "ochre-tui run")


def _columns(cli: Spoilable, table: str) -> str:
    names = [row[1] for row in cli.ochre(f"PRAGMA table_info({table})")]
    return ", ".join(name for name in names if name not in {"n", "id"})


PLANTS: dict[str, Callable[[Spoilable], Planted]] = {
    "a missing message": missing_message,
    "a message too many": extra_message,
    "a swapped author": swapped_author,
    "a changed body": changed_body,
    "a changed plain text": changed_plain_text,
    "a reply that became a note": reply_turned_note,
    "a column that can't be read": unreadable_column,
    "a message an hour late": shifted_time,
    "a wrong time zone": wrong_time_zone,
    "a changed state": changed_state,
    "a changed channel": changed_channel,
    "a conversation in another month": another_month,
    "changed tags": changed_tags,
    "a changed custom field": changed_fields,
    "customers that are gone from a conversation": changed_customers,
    "a changed Intercom id": changed_intercom_id,
    "a missing conversation": missing_conversation,
    "a duplicated conversation": duplicated_conversation,
    "a lost attachment record": lost_attachment,
    "a renamed attachment": renamed_attachment,
    "a wrong hash of an attachment": wrong_hash,
    "no hash of an attachment": no_hash_at_all,
    "an attachment in another conversation": moved_attachment,
    "a changed e-mail": changed_email,
    "a changed name": changed_name,
    "a lost customer": lost_customer,
    "a duplicated customer": duplicated_customer,
    "a second customer of an e-mail": second_customer_of_an_email,
    "a changed company": changed_company,
    "a lost company": lost_company,
    "a lost team record": lost_user,
    "a renamed team record": changed_role,
    "lost options of a field": changed_options,
    "a renamed tag": renamed_tag,
    "a lost saved reply": lost_saved_reply,
    "a wrong placeholder in a saved reply": wrong_placeholder,
    "a changed byte in a file": changed_byte,
    "a truncated file": truncated_file,
    "a lost file": lost_file,
    "a lost alias of a conversation": lost_conversation_alias,
    "a lost alias of a contact": lost_contact_alias,
    "an alias that leads elsewhere": alias_that_leads_elsewhere,
    "a damaged archive of a conversation": damaged_archive,
    "a lost archive of a contact": lost_archive_of_a_contact,
}
