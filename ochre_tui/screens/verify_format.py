"""What a verification found, in words: its checks, its differences, and the lists beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from textual.content import Content

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.text import clean, clean_line
from ochre_tui.core.wording import counted, day
from ochre_tui.migration.verify.model import MEND, RESYNC_FILES, RETRY, RUN, Check, Difference, Incomplete
from ochre_tui.migration.verify.proof import Merged, Proof
from ochre_tui.migration.verify.run import text_of
from ochre_tui.store.deleted import Deleted
from ochre_tui.widgets.filter_list import Row

TITLES: Final = {
    "in scope": "Every conversation in the plan is there",
    "conversations": "Conversations, message by message",
    "customers": "Customers",
    "companies": "Companies",
    "users": "Team members",
    "custom fields": "Custom fields",
    "tags": "Tags",
    "saved replies": "Saved replies",
    "by month": "Conversations by month on both sides",
    "by state": "Conversations by state on both sides",
    "by channel": "Conversations by channel on both sides",
    "quarantine": "No other record in quarantine",
    "parts": "Every part that Intercom counts",
    "attachments": "Files, by their hash",
    "aliases": "Old ids and links lead to their record",
    "search": "Some customers are found by searching",
    "second pass": "A second import would change nothing",
}
INCOMPLETE: Final = "incomplete"
MERGED: Final = "merged"
DELETED: Final = "deleted"
LISTS: Final = {
    INCOMPLETE: "Incomplete: Intercom gives out a part",
    MERGED: "Contacts that became one customer",
    DELETED: "Deleted in Intercom since",
}
"""What is no difference, and good to know."""
_DOES: Final = {
    MEND: "Everything that differs is written again, from what was read from Intercom; what people changed in Ochre "
    "in these records is overwritten.",
    RESYNC_FILES: "Files that are missing or damaged are fetched from Intercom again; nothing else is touched.",
    RUN: "The import is taken up again: it reads what is missing from Intercom and tries what is in quarantine.",
    RETRY: "What is in quarantine is read from Intercom and tried once more; nothing else is read.",
}
DOING: Final = {MEND: "Mending", RESYNC_FILES: "Fetching files", RUN: "Importing", RETRY: "Trying again"}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as it is shown; columns are titles and widths."""

    title: str
    columns: Sequence[tuple[str, int]]
    rows: Sequence[Row]
    empty: str


def differences(name: str, check: Check | None) -> Listing:
    """Those of one check; None before it was made."""
    columns = (("Record", 26), ("Field", 10), ("In Intercom", 0), ("In Ochre", 0))
    if check is None:
        return Listing(TITLES[name], columns, (), "Not compared yet.")
    empty = "Nothing differs." if check.ok else "The checks above name the records."
    return Listing(TITLES[name], columns, [_difference_row(difference) for difference in check.differences], empty)


def listing(name: str, proof: Proof) -> Listing:
    """One of LISTS."""
    if name == INCOMPLETE:
        return _incomplete(proof)
    return _merged(proof) if name == MERGED else _deleted(proof)


def _incomplete(proof: Proof) -> Listing:
    columns = (("Conversation", 17), ("Parts", 14), ("In Intercom", 0))
    empty = "No conversation is incomplete." if proof.verified else "Not verified yet: v does it."
    return Listing(LISTS[INCOMPLETE], columns, [_incomplete_row(part, proof) for part in proof.incomplete], empty)


def _merged(proof: Proof) -> Listing:
    columns = (("Customer", 24), ("Contacts", 8), ("E-mails", 0))
    rows = [_merged_row(customer) for customer in proof.merged]
    return Listing(LISTS[MERGED], columns, rows, "Every contact is a customer of its own.")


def _deleted(proof: Proof) -> Listing:
    columns = (("Kind", 12), ("Id in Intercom", 24), ("Found", 11), ("In Ochre", 0))
    rows = [_deleted_row(record) for record in proof.deleted]
    return Listing(LISTS[DELETED], columns, rows, "Nothing that was imported has been deleted in Intercom since.")


def difference_text(difference: Difference) -> Content:
    """Both values, and what mends it."""
    parts = [
        Content.assemble(("Field: ", "$foreground-muted"), clean_line(difference.field or "the record itself")),
        Content.assemble(("As Intercom has it\n", "bold"), clean(text_of(difference.expected))),
        Content.assemble(("As Ochre has it\n", "bold"), clean(text_of(difference.actual))),
    ]
    if difference.command:
        parts.append(Content.styled(f"`{difference.command}` mends it; here, in the list: m.", "$text-accent"))
    return Content("\n\n").join(parts)


def incomplete_text(part: Incomplete, proof: Proof) -> Content:
    parts = [
        Content(f"{part.got:,} of {part.expected_parts:,} parts. {clean_line(part.reason)}."),
        Content("It is marked as incomplete in Ochre. What is older can be read in Intercom alone:"),
        Content.styled(clean_line(proof.address(part.conversation)), "$text-accent"),
    ]
    return Content("\n\n").join(parts)


def merged_text(customer: Merged) -> Content:
    parts = [
        Content.assemble(("Name and values are those of contact ", ""), (clean_line(customer.survivor), "bold"), "."),
        Content.assemble(("Contacts that became it too\n", "bold"), clean("\n".join(customer.contacts) or "none")),
        Content.assemble(("E-mail addresses\n", "bold"), clean("\n".join(customer.emails) or "none")),
    ]
    return Content("\n\n").join(parts)


def deleted_text(record: Deleted) -> Content:
    in_ochre = (
        "It was taken out of Ochre too."
        if record.removed
        else "It is in Ochre as it was read last. To delete it there too, do so in Ochre, or have the next import do "
        'it, with `deleted = "remove"` in the plan.'
    )
    return Content(f"Found deleted in Intercom on {day(record.at)}. {in_ochre}")


def mend_question(command: str, checks: Iterable[Check]) -> str:
    """What a command that mends does, with how many of the differences name it."""
    return f"{_named(command, checks)} mended by `{command}`. {_DOES[command]} Then everything is verified again."


def not_mended(command: str, checks: Iterable[Check], error: OchreTuiError) -> str:
    """That a command that mends has failed, in a line; a dialog has the error's meaning and advice."""
    return f"! {_named(command, checks)} not mended (m tries again): {clean_line(error.title)}"


def _named(command: str, checks: Iterable[Check]) -> str:
    named = Counter(difference.command for check in checks for difference in check.differences)[command]
    return counted(named, "difference is", "differences are")


def _difference_row(difference: Difference) -> Row:
    return (
        f"{difference.kind} {difference.id}",
        difference.field or "-",
        text_of(difference.expected),
        text_of(difference.actual),
    )


def _incomplete_row(part: Incomplete, proof: Proof) -> Row:
    return (part.conversation, f"{part.got:,} of {part.expected_parts:,}", proof.address(part.conversation))


def _merged_row(customer: Merged) -> Row:
    return (customer.customer, f"{len(customer.contacts) + 1:,}", ", ".join(customer.emails) or "no e-mail address")


def _deleted_row(record: Deleted) -> Row:
    kind = "conversation" if record.kind == "conversations" else "contact"
    return (kind, record.id, day(record.at), "taken out too" if record.removed else "still there")
