"""The checks, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from ochre_tui.core.errors import RecordError
from ochre_tui.migration.convert.ids import conversation_id, saved_reply_id, tag_id
from ochre_tui.migration.convert.part_order import by_number
from ochre_tui.migration.verify import search
from ochre_tui.migration.verify.context import Verifying
from ochre_tui.migration.verify.model import CHECKS, MEND, RESYNC_FILES, RETRY, RUN, Check, Difference, Found
from ochre_tui.migration.verify.records import Companies, Conversations, Customers, Few, Wanted, compare_all
from ochre_tui.migration.verify.source_counts import count_differences
from ochre_tui.ochre.columns import CUSTOM_FIELDS, SAVED_REPLIES, TAGS, USERS
from ochre_tui.ochre.records import CustomField, SavedReply, Tag, User
from ochre_tui.store import files, inventory

R = TypeVar("R", User, CustomField, Tag)
_PAGE = 500


def each_check(v: Verifying) -> Iterator[Check]:
    """The checks of `CHECKS`, one after the other as they are done; those that were kept at once."""
    kept = list(v.done)
    yield from kept
    for name in CHECKS[len(kept) :]:
        found = v.under_way if v.under_way is not None and v.under_way.name == name else Found(name)
        _MAKE[name](v, found)
        check = found.check()
        v.finished(check)
        yield check


def _in_scope(v: Verifying, found: Found) -> None:
    """Every conversation in scope was imported, in its latest version."""
    undone = inventory.undone(v.store.conn)
    found.right = inventory.count_in_scope(v.store.conn) - sum(row.imported for row in undone)
    found.number = found.right + len(undone)
    found.differ(_tried(row) for row in undone)


def _quarantine(v: Verifying, found: Found) -> None:
    """No other record was set aside."""
    set_aside = inventory.quarantined(v.store.conn)
    found.right = len(set_aside)
    found.differ(_tried(row) for row in set_aside)


def _tried(row: inventory.Undone) -> Difference:
    return Difference(row.kind, row.id, "", "imported", row.reason, RETRY if row.in_quarantine else RUN)


def _conversations(v: Verifying, found: Found) -> None:
    compare_all(v, found, Conversations(v))


def _customers(v: Verifying, found: Found) -> None:
    compare_all(v, found, Customers(v))


def _companies(v: Verifying, found: Found) -> None:
    compare_all(v, found, Companies(v))


def _users(v: Verifying, found: Found) -> None:
    compare_all(v, found, Few(v, found.name, USERS, _by_id(v.again.users)))


def _custom_fields(v: Verifying, found: Found) -> None:
    compare_all(v, found, Few(v, found.name, CUSTOM_FIELDS, _by_id({field.id: field for field in v.again.fields})))


def _tags(v: Verifying, found: Found) -> None:
    def right_id(tag: Tag) -> str | None:
        return tag_id(v.workspace, min(tag.intercom_ids, key=by_number)) if tag.intercom_ids else None

    compare_all(v, found, Few(v, found.name, TAGS, _by_id({tag.id: tag for tag in v.again.tags()}), right_id))


def _saved_replies(v: Verifying, found: Found) -> None:
    """Macros with their placeholders."""

    def converted(macro: str) -> SavedReply | RecordError:
        try:
            return v.again.saved_reply(macro)
        except RecordError as error:
            return error

    def right_id(reply: SavedReply) -> str | None:
        return saved_reply_id(v.workspace, reply.intercom_id) if reply.intercom_id else None

    wanted = {
        saved_reply_id(v.workspace, macro): Wanted(macro, converted(macro))
        for macro in inventory.saved_replies(v.store.conn)
    }
    compare_all(v, found, Few(v, found.name, SAVED_REPLIES, wanted, right_id))


def _by_id(records: Mapping[str, R]) -> dict[str, Wanted[R]]:
    return {id_: Wanted(id_, record) for id_, record in records.items()}


def _by_month(v: Verifying, found: Found) -> None:
    _counted(found, v.facts.source.months, v.facts.target.months)


def _by_state(v: Verifying, found: Found) -> None:
    _counted(found, v.facts.source.states, v.facts.target.states)


def _by_channel(v: Verifying, found: Found) -> None:
    _counted(found, v.facts.source.channels, v.facts.target.channels)


def _counted(found: Found, source: Mapping[str, int], target: Mapping[str, int]) -> None:
    """The archive's own count against that of the target."""
    found.number, found.right = sum(source.values()), sum(target.values())
    found.differ(count_differences(found.name, source, target))


def _parts(v: Verifying, found: Found) -> None:
    """Every part that Intercom counts is a message; where Intercom withholds some, the conversation says so."""
    found.number, found.right = v.facts.parts_counted, v.facts.parts_held
    found.differ(v.facts.parts)
    v.read_again("conversation", *(one.id for one in v.facts.parts if one.command == RUN))


def _attachments(v: Verifying, found: Found) -> None:
    """Every stored file hashes to what its attachments say; those that Intercom no longer has are not counted."""
    found.number = files.attachment_tally(v.store.conn).stored
    wrong: set[str] = set()
    for one in v.target.file_differences():
        command = _file_command(v, one.sha256, one.attachment_ids) if one.problem != "size" else MEND
        found.differ(
            Difference("attachments", id_, one.problem, one.expected, one.actual, command) for id_ in one.attachment_ids
        )
        wrong |= set(one.attachment_ids)
        v.told(found.name, len(wrong))
    found.right = found.number - len(wrong)


def _file_command(v: Verifying, sha256: str, attachment_ids: tuple[str, ...]) -> str:
    """What mends these bytes: they come from Intercom once more, unless it is the record that names wrong ones."""
    if not files.is_stored(v.store.conn, sha256):
        return MEND
    v.read_again("file", sha256)
    v.read_again("conversation", *files.showing(v.store.conn, attachment_ids))
    return RESYNC_FILES


def _aliases(v: Verifying, found: Found) -> None:
    """Every old conversation id and contact id leads to its record."""
    conn = v.store.conn
    side, _, after = found.after.partition(" ")
    if side in {"", "conversations"}:
        while page := inventory.conversations(conn, after, _PAGE):
            for id_ in page:
                right = conversation_id(v.workspace, id_)
                if not _leads(v, found, "conversations", id_, right):
                    v.mend_conversation(id_)
            after = page[-1]
            found.after = f"conversations {after}"
            v.turn(found)
        after = ""
    while contacts := inventory.contacts(conn, after, _PAGE):
        for contact, customer in contacts:
            if not _leads(v, found, "contacts", contact, customer):
                v.mend_customer(customer)
        after = contacts[-1][0]
        found.after = f"contacts {after}"
        v.turn(found)


def _leads(v: Verifying, found: Found, kind: str, value: str, expected: str) -> bool:
    actual = v.target.behind_alias("intercom_conversation" if kind == "conversations" else "intercom_contact", value)
    right = actual == expected
    found.compared([] if right else [Difference(kind, value, "alias", expected, actual, MEND)])
    return right


def _second_pass(v: Verifying, found: Found) -> None:
    """How many records another pass would write."""
    found.right = v.facts.writes
    found.ok = not v.facts.writes


_MAKE: dict[str, Callable[[Verifying, Found], None]] = {
    "in scope": _in_scope,
    "conversations": _conversations,
    "customers": _customers,
    "companies": _companies,
    "users": _users,
    "custom fields": _custom_fields,
    "tags": _tags,
    "saved replies": _saved_replies,
    "by month": _by_month,
    "by state": _by_state,
    "by channel": _by_channel,
    "quarantine": _quarantine,
    "parts": _parts,
    "attachments": _attachments,
    "aliases": _aliases,
    "search": search.sample,
    "second pass": _second_pass,
}
