"""The ids in an export, turned into the symbols of the ground truth."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

Json = dict[str, Any]
Lines = dict[str, list[Json]]

_IN_BODY: Final = re.compile(r'(?<=")attachment:([^"]*)')
_ID_KEYS: Final = ("id", "conversation_id", "message_id", "customer_id", "assignee_id")
_LIST_KEYS: Final = ("company_ids", "customer_ids", "attachment_ids")


def symbols(actual: Lines, expected: Lines) -> dict[str, str]:
    """The symbol of each id in the export, found by the Intercom ids that the records carry."""
    found = _people(actual, expected)
    for name, prefix, key in (
        ("companies.jsonl", "company", "intercom_id"),
        ("saved_replies.jsonl", "saved_reply", "intercom_id"),
        ("conversations.jsonl", "conversation", "intercom_id"),
        ("tags.jsonl", "tag", "name"),
    ):
        found |= {line["id"]: f"{prefix}:{line[key]}" for line in actual[name]}
    for line in actual["custom_fields.jsonl"]:
        found[line["id"]] = f"field:{line['scope']}:{line['key']}"
    messages = _messages(actual["messages.jsonl"], found)
    return found | messages | _attachments(actual["messages.jsonl"], expected["messages.jsonl"], messages)


def translated(line: Json, known: Mapping[str, str]) -> Json:
    """The record with symbols in place of its ids, those in its body included; ids without a symbol stay."""
    done = dict(line)
    for key in _ID_KEYS:
        if key in done:
            done[key] = known.get(done[key], done[key])
    for key in _LIST_KEYS:
        if key in done:
            done[key] = [known.get(one, one) for one in done[key]]
    author = done.get("author")
    if author:
        done["author"] = {**author, "id": known.get(author.get("id"), author.get("id"))}
    if done.get("body_html"):
        done["body_html"] = _IN_BODY.sub(lambda ref: f"attachment:{known.get(ref[1], ref[1])}", done["body_html"])
    return done


def _people(actual: Lines, expected: Lines) -> dict[str, str]:
    contacts = {contact: line["id"] for line in expected["customers.jsonl"] for contact in line["intercom_ids"]}
    found: dict[str, str] = {}
    for line in actual["customers.jsonl"]:
        candidates = [contacts[contact] for contact in line["intercom_ids"] if contact in contacts]
        found[line["id"]] = candidates[0] if candidates else line["id"]
    for line in actual["team.jsonl"]:
        if line["is_bot"]:
            found[line["id"]] = "user:bot"
        elif line["state"] == "historical":
            found[line["id"]] = f"user:{line['intercom_admin_ids'][0]}"
        else:
            found[line["id"]] = f"user:{(line['email'] or '').casefold()}"
    return found


def _messages(lines: Sequence[Json], known: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    times: Counter[tuple[str, str]] = Counter()
    for line in sorted(lines, key=lambda line: (line["conversation_id"], line["position"])):
        key = "source" if line["source_type"] == "source" else str(line["source_id"])
        conversation = known.get(line["conversation_id"], line["conversation_id"]).removeprefix("conversation:")
        times[conversation, key] += 1
        found[line["id"]] = f"message:{conversation}:{key}:{times[conversation, key]}"
    return found


def _attachments(actual: Sequence[Json], expected: Sequence[Json], messages: Mapping[str, str]) -> dict[str, str]:
    """Attachments by their place in the message."""
    places: dict[str, list[str]] = defaultdict(list)
    for line in expected:
        places[line["id"]] = line["attachment_ids"]
    return {
        attachment: symbol
        for line in actual
        for attachment, symbol in zip(line["attachment_ids"], places[messages[line["id"]]], strict=False)
    }
