"""The watchdog of the heartbeat: when it speaks up, and what it says, by a clock that is hurried."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.migration.importer.heartbeat import START_S, STUCK_S, Waiting, Watchdog


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_at_the_start_it_speaks_up_after_ten_minutes_of_the_credential() -> None:
    clock = Clock()
    dog = Watchdog(clock)
    assert dog.look(0, Waiting(), paused=False) == ()
    clock.now = START_S - 1
    assert dog.look(0, Waiting(answers=1), paused=False) == ()
    clock.now = START_S
    what, *advice = dog.look(0, Waiting(answers=1), paused=False)
    assert what == "No progress for 10 min: it waits for 1 answer of Intercom."
    assert "almost always the credential, not a backlog" in advice[0]
    assert "`ochre-tui connect`" in advice[1]


def test_later_after_thirty_of_what_else_uses_intercom() -> None:
    clock = Clock()
    dog = Watchdog(clock)
    for records in (0, 1):
        dog.look(records, Waiting(), paused=False)
    clock.now = STUCK_S - 1
    assert dog.look(1, Waiting(), paused=False) == ()
    clock.now = STUCK_S + 120
    what, *advice = dog.look(1, Waiting(held_back=40, used=166, limit=166), paused=False)
    assert what == "No progress for 32 min: it waits for Intercom's rate limit (166 of 166 used)."
    for words, sentences in zip(("exports and CRM syncs", "in the morning", "not per byte"), advice, strict=True):
        assert words in sentences
        assert len(sentences) <= 70, "a line of the event log holds it"
    assert dog.look(2, Waiting(), paused=False) == (), "a record was finished"


def test_a_pause_is_no_lack_of_progress() -> None:
    clock = Clock()
    dog = Watchdog(clock)
    dog.look(5, Waiting(), paused=False)
    clock.now = 10 * STUCK_S
    assert dog.look(5, Waiting(), paused=True) == ()
    clock.now += START_S - 1
    assert dog.look(5, Waiting(), paused=False) == ()


@given(st.lists(st.tuples(st.floats(0, 900), st.integers(0, 3), st.booleans()), max_size=40))
def test_it_never_barks_at_one_that_moved_a_moment_ago(steps: list[tuple[float, int, bool]]) -> None:
    clock = Clock()
    dog = Watchdog(clock)
    records = 0
    quiet_s = 0.0
    for seconds, more, paused in steps:
        clock.now += seconds
        quiet_s = 0.0 if more or paused else quiet_s + seconds
        records += more
        sentences = dog.look(records, Waiting(), paused=paused)
        if quiet_s < START_S:
            assert sentences == ()


@pytest.mark.parametrize(
    ("waiting", "words"),
    [(Waiting(answers=96), "96 answers of Intercom"), (Waiting(), "attachments, or the disk")],
)
def test_it_says_what_it_waits_for(waiting: Waiting, words: str) -> None:
    assert waiting.in_words() == words
