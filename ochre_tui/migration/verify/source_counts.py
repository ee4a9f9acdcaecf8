"""What the archive says by itself, read without the conversion: counts to compare with those of the target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any

from ochre_tui.intercom.json_codec import Json
from ochre_tui.migration.verify.model import MEND, MOST_KEPT, RUN, Difference, Incomplete
from ochre_tui.ochre.records import Thread

PARTS_LIMIT = 500
_MOST_INCOMPLETE = 10_000
_WITHHELD = "Intercom gives out the newest 500 parts only"
_LATEST = 7_258_118_400  # the year 2200
_FROM_HERE_MILLISECONDS = 10**11
_STATES = {"open": "open", "closed": "closed", "snoozed": "snoozed"}
_CHANNELS = {
    "conversation": "Intercom Messenger",
    "phone_call": "Intercom Phone",
    "phone_switch": "Intercom Phone",
    "sms": "Intercom SMS",
    "whatsapp": "Intercom WhatsApp",
}


@dataclass(slots=True)
class Side:
    """Conversations by month (`YYYY-MM`, or `none`), by state and by channel."""

    months: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)

    def count(self, month: str, state: str, channel: str) -> None:
        self.months[month] += 1
        self.states[state] += 1
        self.channels[channel] += 1


@dataclass(slots=True)
class Facts:
    """Both sides' counts, and the parts: as many as Intercom counts, and as many as the target has."""

    source: Side = field(default_factory=Side)
    target: Side = field(default_factory=Side)
    parts_counted: int = 0
    parts_held: int = 0
    writes: int = 0
    incomplete: list[Incomplete] = field(default_factory=list)
    parts: list[Difference] = field(default_factory=list)

    def see(self, id_: str, source: Json, thread: Thread | None, zone: tzinfo) -> None:
        """Count one conversation; `thread` is what the target has of it."""
        state = source.get("state")
        self.source.count(
            month_of(_seconds(source.get("created_at")), zone),
            _STATES.get(state, "closed") if isinstance(state, str) else "closed",
            _channel(source),
        )
        if thread is not None:
            there = thread.conversation
            self.target.count(month_of(there.created_at, zone), there.status, there.channel)
        self._parts(id_, source, thread)

    def _parts(self, id_: str, source: Json, thread: Thread | None) -> None:
        listed = source.get("conversation_parts")
        parts = listed.get("conversation_parts") if isinstance(listed, dict) else None
        got = len(parts) if isinstance(parts, list) else 0
        total = _whole(listed.get("total_count")) if isinstance(listed, dict) else None
        statistics = source.get("statistics")
        counted = _whole(statistics.get("count_conversation_parts")) if isinstance(statistics, dict) else None
        expected = max(got, total or 0)
        held = _held(thread)
        self.parts_counted += expected
        self.parts_held += held
        if expected > got:
            self._withheld(id_, expected, got, thread)
        elif counted is not None and counted > got >= PARTS_LIMIT:
            self._tell(Incomplete(id_, counted, got, f"{_WITHHELD}; its statistics count more"))
        if thread is not None and held != got:
            self._differ(Difference("conversations", id_, "parts", got, held, MEND))

    def _withheld(self, id_: str, expected: int, got: int, thread: Thread | None) -> None:
        if got >= PARTS_LIMIT:
            self._tell(Incomplete(id_, expected, got, _WITHHELD))
        else:
            self._tell(Incomplete(id_, expected, got, "Intercom gave out fewer parts than it counts"))
            self._differ(Difference("conversations", id_, "parts", expected, got, RUN))
        if thread is not None and not thread.conversation.incomplete:
            self._differ(Difference("conversations", id_, "incomplete", True, False, MEND))

    def _tell(self, incomplete: Incomplete) -> None:
        if len(self.incomplete) < _MOST_INCOMPLETE:
            self.incomplete.append(incomplete)

    def _differ(self, difference: Difference) -> None:
        if len(self.parts) < MOST_KEPT:
            self.parts.append(difference)


@lru_cache(maxsize=1024)  # both sides ask for the same, one after the other
def month_of(seconds: int | None, zone: tzinfo) -> str:
    """The month of a time in this zone, as `YYYY-MM`; `none` where there is none."""
    if seconds is None:
        return "none"
    at = datetime.fromtimestamp(seconds, zone)
    return f"{at.year:04}-{at.month:02}"


def count_differences(what: str, source: Mapping[str, int], target: Mapping[str, int]) -> list[Difference]:
    """Where one side counts more than the other."""
    return [
        Difference("conversations", key, what, source.get(key, 0), target.get(key, 0), MEND)
        for key in sorted({*source, *target})
        if source.get(key, 0) != target.get(key, 0)
    ]


def _held(thread: Thread | None) -> int:
    return sum(message.source_type != "source" for message in thread.messages) if thread else 0


def _channel(source: Json) -> str:
    """By the source's type, else by the channel's first one, else by that of the customer's first reply."""
    for where, key in (("source", "type"), ("channel", "initial"), ("first_contact_reply", "type")):
        part = source.get(where)
        word = part.get(key) if isinstance(part, dict) else None
        if isinstance(word, str) and word:
            return _CHANNELS.get(word) or f"Intercom {word.replace('_', ' ').title()}"
    return "Intercom Other"


def _seconds(raw: Any) -> int | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        number = float(raw)
    except ValueError:
        number = _iso(str(raw))
    number = number // 1000 if number >= _FROM_HERE_MILLISECONDS else number // 1
    return int(number) if 0 <= number <= _LATEST else None


def _iso(text: str) -> float:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return -1
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _whole(value: Any) -> int | None:
    try:
        return None if value is None or isinstance(value, bool) else int(value)
    except (TypeError, ValueError, OverflowError):
        return None
