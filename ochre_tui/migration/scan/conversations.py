"""Conversations, counted from the rows that listings show."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any, Final

from ochre_tui.intercom.models import Author, Json
from ochre_tui.intercom.models.values import as_id, as_int, as_object, as_text, objects
from ochre_tui.migration.convert.part_order import by_number
from ochre_tui.migration.convert.times import read_time
from ochre_tui.migration.plan.model import Channel, State
from ochre_tui.migration.plan.scope import channel_of, state_of
from ochre_tui.migration.scan.admins import Admins
from ochre_tui.migration.scan.result import ConversationsFound, Stratum
from ochre_tui.migration.scan.sample import Draw
from ochre_tui.migration.scan.seen import Seen
from ochre_tui.migration.scan.usage import Usage

PARTS_LIMIT: Final = 500
MOST_SAMPLED: Final = 40
_NONE: Final = "none"
_read_teammates = objects("admins", "teammates", "data")


class Conversations:
    """What conversation rows tell; `draw` is the sample to be read in full."""

    def __init__(self, usage: Usage, admins: Admins, zone: datetime.tzinfo, rng: Random) -> None:
        self.usage = usage
        self.seen = Seen()
        self.draw = Draw(MOST_SAMPLED, rng)
        self.tickets = 0
        self.undated: list[str] = []
        self._admins = admins
        self._zone = zone
        self._states: Counter[str] = Counter()
        self._channels: Counter[str] = Counter()
        self._months: Counter[str] = Counter()
        self._strata: Counter[tuple[str, str, State, Channel]] = Counter()
        self._long: list[str] = []

    def add(self, row: Json) -> None:
        """Take in a row; one without an id is none, one met before counts once."""
        intercom_id = as_id(row.get("id"))
        if intercom_id is None or not self.seen.add(intercom_id):
            return
        self.draw.offer(intercom_id)
        source = as_object(row.get("source"))
        state, channel = as_text(row.get("state")), as_text(source.get("type"))
        created = self._month(row.get("created_at"))
        if created == _NONE:
            self.undated.append(intercom_id)
        self._states[state or _NONE] += 1
        self._channels[channel or _NONE] += 1
        self._months[created] += 1
        self._strata[created, self._month(row.get("updated_at")), state_of(state), channel_of(channel)] += 1
        if (as_int(as_object(row.get("statistics")).get("count_conversation_parts")) or 0) > PARTS_LIMIT:
            self._long.append(intercom_id)
        self.tickets += isinstance(row.get("ticket"), dict)
        self._admins.meet(_staff(row), _author(source))
        self.usage.add(_attributes(row))

    def found(self) -> ConversationsFound:
        """The counts, months in order."""
        return ConversationsFound(
            by_state=dict(sorted(self._states.items())),
            by_channel=dict(sorted(self._channels.items())),
            by_month=dict(sorted(self._months.items())),
            over_500_parts=sorted(self._long, key=by_number),
        )

    def strata(self) -> list[Stratum]:
        """How many there are of each kind that a plan can tell apart, month by month."""
        return [
            Stratum(created=created, updated=updated, state=state, channel=channel, count=count)
            for (created, updated, state, channel), count in sorted(self._strata.items())
        ]

    def _month(self, time: Any) -> str:
        at = read_time(time)
        if at is None:
            return _NONE
        return datetime.datetime.fromtimestamp(at, self._zone).strftime("%Y-%m")


def _staff(row: Json) -> Iterator[str]:
    assignee = as_id(row.get("admin_assignee_id"))
    if assignee:
        yield assignee
    for teammate in _read_teammates(row.get("teammates")):
        if teammate.get("type") in {None, "admin"} and (found := as_id(teammate.get("id"))):
            yield found


def _author(source: Json) -> Author | None:
    author = source.get("author")
    return Author.model_validate(author) if isinstance(author, dict) else None


def _attributes(row: Json) -> dict[str, Any]:
    """The conversation's attributes, and those of the ticket that it is."""
    attributes = dict(as_object(row.get("custom_attributes")))
    for name, raw in as_object(as_object(row.get("ticket")).get("custom_attributes")).items():
        attributes.setdefault(name, raw.get("value") if isinstance(raw, dict) and "value" in raw else raw)
    return attributes
