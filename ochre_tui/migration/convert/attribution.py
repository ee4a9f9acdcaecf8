"""Authors and assignees of a conversation that is in Ochre already, by another mapping of the admins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ochre_tui.intercom.models import Conversation
from ochre_tui.migration.convert import ids
from ochre_tui.migration.convert.context import Lookups
from ochre_tui.migration.convert.conversation import assignee
from ochre_tui.migration.convert.events import assigned_to
from ochre_tui.migration.convert.messages import convert_author
from ochre_tui.migration.convert.part_order import Entry, sequence
from ochre_tui.ochre.records import Message, Thread


def attributed(thread: Thread, source: Conversation, lookups: Lookups) -> Thread:
    """The thread with the authors and assignees that these look-ups give to Intercom's admins, all else as it is."""
    entries = {
        ids.message_id(lookups.workspace, source.id, entry.key, entry.occurrence): entry for entry in sequence(source)
    }
    assignee_id, assignee_email = assignee(source, lookups)
    return replace(
        thread,
        conversation=replace(thread.conversation, assignee_id=assignee_id, assignee_email=assignee_email),
        messages=tuple(_message(message, entries, lookups) for message in thread.messages),
    )


def _message(message: Message, entries: Mapping[str, Entry], lookups: Lookups) -> Message:
    entry = entries.get(message.id)
    if entry is None:
        return message
    changed = message
    if entry.author is not None and entry.author.type == "admin":
        changed = replace(changed, author=convert_author(entry.author, lookups))
    to = entry.part.assigned_to if entry.part else None
    if to is not None and message.event is not None:
        changed = replace(changed, event={**message.event, "assigned_to": assigned_to(to, lookups)})
    return changed
