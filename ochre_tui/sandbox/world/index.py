"""One small row for each conversation: what lists and searches need, and the seed of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from ochre_tui.sandbox.world.people import ARCHIVED, DELETED, People
from ochre_tui.sandbox.world.random import generator, mixed, pick
from ochre_tui.sandbox.world.staff import Staff

FEATURES: Final[tuple[str, ...]] = (
    "facebook", "instagram", "twitter", "whatsapp", "sms", "phone_call", "phone_switch", "push", "no_type", "telegram",
    "no_source", "no_parts", "group", "group_vanished", "by_archived", "by_deleted", "by_merged", "by_deleted_two",
    "no_contacts", "by_removed", "by_removed_renamed", "operator_admin", "operator_bot", "fin", "team_author",
    "no_author", "talking_actions", "redacted_part", "redacted_source", "quick_reply", "empty_bodies",
    "repeated_part", "same_second", "mixed_ids", "ticket", "ticket_no_type", "rated", "snoozed", "snoozed_absurd",
    "snoozed_milliseconds", "old_priority", "not_priority", "untitled", "html_title", "long_title", "no_words",
    "rich", "picture", "picture_twice", "file_link", "gone_file", "data_image", "outside_image", "big_file",
    "shared_file", "odd_names", "many_files", "deleted_tags", "equal_tags", "attributes_all", "attributes_misfit",
    "company", "part_milliseconds", "long_thread", "odd_text", "crooked", "part_tags", "linked", "burst", "backdated",
)  # fmt: skip
NASTY_FEATURES: Final[tuple[str, ...]] = ("nul_text", "surrogate", "windows_lines", "part_bad_time", "wide_thread")
PERIOD: Final = 200
OVERLONG_EVERY: Final = 2000
FIRST_ID: Final = 215_000_000_000_000
ID_STEP: Final = 1_000_003
DAY: Final = 86_400

_SOURCE_TYPES: Final[dict[str, str | None]] = {
    **{name: name for name in FEATURES[:8]},
    "telegram": "telegram",
    "no_type": None,
    "no_source": None,
}
_LEAST_PARTS: Final[dict[str, int]] = {
    "talking_actions": 7,
    "empty_bodies": 6,
    "repeated_part": 6,
    "same_second": 6,
    "quick_reply": 4,
    "redacted_part": 6,
    "wide_thread": 130,
    "long_thread": 60,
}
_PRIORITIES: Final[tuple[str, ...]] = ("none", "none", "none", "low", "medium", "high", "urgent")


@dataclass(slots=True)
class IndexRow:
    """A conversation as lists and searches see it. `number` is its place in creation, `feature` what is special.

    An `undated` one shows no `created_at`, though it has one.
    """

    id: str
    number: int
    feature: str
    created_at: int
    updated_at: int
    state: str
    source_type: str | None
    admin_assignee_id: int
    team_assignee_id: int
    priority: str
    tag_ids: tuple[str, ...]
    contact_numbers: tuple[int, ...]
    contact_ids: tuple[str, ...]
    part_count: int
    is_ticket: bool
    snoozed_until: int | None
    undated: bool = False

    @property
    def shown_created_at(self) -> int | None:
        return None if self.undated else self.created_at

    @property
    def channel(self) -> str | None:
        """Where it began, as 2.16 tells besides the source's type, which is missing of some."""
        return self.source_type or ("sms" if self.number % 3 == 0 else None)

    @property
    def first_reply_type(self) -> str | None:
        """The same, as the customer's first reply tells it."""
        return self.channel or ("whatsapp" if self.number % 3 == 1 else None)

    @property
    def open(self) -> bool:
        return self.state != "closed"


@dataclass(frozen=True, slots=True)
class Indexer:
    """Makes the rows of one workspace."""

    seed: int
    count: int
    start: int
    end: int
    people: People
    staff: Staff
    live_tags: Sequence[str]
    deleted_tags: Sequence[str]
    slots: tuple[str, ...]

    def row(self, number: int) -> IndexRow:
        rng = generator(self.seed, 31, number)
        feature = self._feature(number)
        created_at = self._created_at(number, feature)
        state = self._state(rng, number, feature)
        contacts = self._contacts(rng, number, feature)
        parts = self._part_count(rng, feature)
        lasting = 600 + int(rng.random() ** 4 * 20 * DAY) + 60 * parts
        admin = pick(rng, self.staff.admins)
        unassigned = state == "open" and rng.random() < 0.3
        return IndexRow(
            id=self.id(number),
            number=number,
            feature=feature,
            created_at=created_at,
            updated_at=min(self.end, created_at + lasting),
            state=state,
            source_type=self._source_type(rng, feature),
            admin_assignee_id=0 if unassigned else int(admin.id),
            team_assignee_id=int(pick(rng, self.staff.teams)[0]) if rng.random() < 0.6 else 0,
            priority=_priority(rng, feature),
            tag_ids=self._tags(rng, feature),
            contact_numbers=contacts,
            contact_ids=tuple([self.people.id(contact) for contact in contacts]),
            part_count=parts,
            is_ticket=feature in ("ticket", "ticket_no_type") or number % 41 == 11,
            snoozed_until=_wake_time(rng, feature, state, self.end),
        )

    def id(self, number: int) -> str:
        return str(FIRST_ID + number * ID_STEP + mixed(self.seed, 32, number) % ID_STEP)

    def _feature(self, number: int) -> str:
        if number % OVERLONG_EVERY == 17 + self.seed % 3 and self.count > 17 + self.seed % 3:
            return "over_500"
        return self.slots[number % len(self.slots)]

    def _created_at(self, number: int, feature: str) -> int:
        if feature == "backdated":
            return 1_262_304_000 + number // PERIOD
        if feature == "burst":
            number -= number % PERIOD % 3
        span = self.end - 3 * 3600 - self.start
        return self.start + int(span * ((number + mixed(self.seed, 33, number) / 2**64) / self.count) ** 0.8)

    def _state(self, rng: Random, number: int, feature: str) -> str:
        if feature.startswith("snoozed"):
            return "snoozed"
        recent = number > self.count * 0.96
        chance = rng.random()
        if chance < (0.5 if recent else 0.02):
            return "open"
        return "snoozed" if chance < (0.6 if recent else 0.03) else "closed"

    def _contacts(self, rng: Random, number: int, feature: str) -> tuple[int, ...]:
        listed = max(1, min(self.people.count, int(self.people.count * (number + 1) / self.count) + 1))
        first = int(listed * (1 - rng.random() ** 2 * 0.9)) % listed
        others = [(first + 1 + step * 7) % listed for step in range(3)]
        turn = number // PERIOD
        match feature:
            case "no_contacts":
                return ()
            case "group":
                return tuple(dict.fromkeys([first, *others]))
            case "group_vanished":
                return tuple(dict.fromkeys([first, ARCHIVED + turn * 5, others[0], DELETED + turn * 5 + 1]))
            case "by_archived":
                return (ARCHIVED + turn,)
            case "by_deleted":
                return (DELETED + turn * 5 + 1,)
            case "by_deleted_two":
                return (DELETED + turn * 5 + 2,)
            case "by_merged":
                return (self._merged(first),)
            case _:
                return (first,)

    def _merged(self, near: int) -> int:
        """A contact that was merged away, into one near the given number; the number itself where there is none."""
        for step in range(self.people.count):
            losers = self.people.merged_into((near + step) % self.people.count)
            if losers:
                return losers[step % 2]
        return near

    def _part_count(self, rng: Random, feature: str) -> int:
        if feature in ("no_parts", "part_bad_time"):
            return int(feature == "part_bad_time")
        if feature == "over_500":
            return 512 + rng.randrange(0, 150)
        count = 2 + int(rng.random() ** 2 * 14)
        return max(count, _LEAST_PARTS.get(feature, 0))

    def _source_type(self, rng: Random, feature: str) -> str | None:
        if feature in _SOURCE_TYPES:
            return _SOURCE_TYPES[feature]
        return "conversation" if rng.random() < 0.6 else "email"

    def _tags(self, rng: Random, feature: str) -> tuple[str, ...]:
        if feature == "deleted_tags":
            return (*self.deleted_tags, self.live_tags[0])
        if feature == "equal_tags":
            return tuple(self.live_tags[5:17])
        if rng.random() < 0.5:
            return ()
        return tuple(dict.fromkeys([pick(rng, self.live_tags), pick(rng, self.live_tags)]))


def feature_slots(seed: int, nasty: bool) -> tuple[str, ...]:
    """What is special about each conversation, in a pattern that repeats; "" for ordinary ones."""
    special = [*FEATURES, *NASTY_FEATURES, *FEATURES] if nasty else list(FEATURES)
    slots = special + [""] * (PERIOD - len(special))
    generator(seed, 34).shuffle(slots)
    return tuple(slots)


def _priority(rng: Random, feature: str) -> str:
    if feature in ("old_priority", "not_priority"):
        return {"old_priority": "priority"}.get(feature, feature)
    return pick(rng, _PRIORITIES)


def _wake_time(rng: Random, feature: str, state: str, end: int) -> int | None:
    if state != "snoozed":
        return None
    if feature == "snoozed_absurd":
        return 64_654_125_776
    wake = end + 3600 + rng.randrange(0, 30 * DAY)
    return wake * 1000 if feature == "snoozed_milliseconds" else wake
