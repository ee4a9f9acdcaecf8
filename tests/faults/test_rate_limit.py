"""Whole imports at Intercom's rate limit: it is used and never stormed, alone, beside another program, and when it
changes."""

from __future__ import annotations

import asyncio
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ochre_tui.intercom.clock import Clock
from ochre_tui.sandbox.server import Running, Sandbox
from tests.support.undisturbed import Undisturbed, ends_alike, undisturbed_by

Survived = Callable[[str], None]
MOST_IN_FLIGHT = 96
LIMIT = 40
OTHERS = 10  # requests that the other program would send in each window

_HURRY = 10


async def _sleep(seconds: float) -> None:
    await asyncio.sleep(seconds / _HURRY)


# Slow enough for windows of a second in which a busy machine has time for all of the limit.
CLOCK = Clock(monotonic=lambda: time.time() * _HURRY, sleep=_sleep, rng=random.Random(1))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    config = Sandbox(conversations=300, seed=4, rate_limit=0, latency_s=0.03)
    with undisturbed_by(tmp_path_factory.mktemp("undisturbed"), config, CLOCK) as made:
        yield made


@contextmanager
def limited(sandbox: Running, limit: int) -> Iterator[Callable[[str], Counter[str]]]:
    """A rate limit for a while; gives what was `used` or `refused` in each window since."""
    before = sandbox.control("state")["windows"]["used"]
    sandbox.control("limit", limit=limit)

    def windows(what: str) -> Counter[str]:
        counts = sandbox.control("state")["windows"][what]
        return Counter({window: count for window, count in counts.items() if window not in before})

    yield windows
    sandbox.control("limit", limit=0)


@contextmanager
def other_program(sandbox: Running, per_window: int) -> Iterator[Counter[str]]:
    """Another integration that asks at a steady pace, whatever is answered; its refusals by the window's end."""
    refused: Counter[str] = Counter()
    ended = threading.Event()
    request = urllib.request.Request(f"{sandbox.url}/me", headers={"Authorization": f"Bearer {sandbox.token}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask() -> None:
        while not ended.wait(10 / _HURRY / per_window):
            try:
                opener.open(request, timeout=10).close()
            except urllib.error.HTTPError as error:
                refused[error.headers["X-RateLimit-Reset"]] += 1
                error.close()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield refused
    finally:
        ended.set()
        thread.join()


def share_used(used: Counter[str], limit: int) -> float:
    """The share of the limit that was used while there was work: in the windows between the first and the last two.

    The worst of them is left out, as it may be the machine that stood still.
    """
    while_work_was_left = sorted([used[window] for window in sorted(used, key=int)[1:-2]])[1:]
    assert len(while_work_was_left) >= 3, used
    return sum(while_work_was_left) / (limit * len(while_work_was_left))


def test_all_of_the_limit_is_used_and_nothing_refused(
    undisturbed: Undisturbed, tmp_path: Path, survived: Survived
) -> None:
    cli = undisturbed.cli(tmp_path / "home")
    with limited(undisturbed.sandbox, LIMIT) as windows:
        cli.run_hurried(clock=CLOCK)
        assert windows("refused") == {}
        assert share_used(windows("used"), LIMIT) >= 0.9
    ends_alike(undisturbed, cli)
    survived("R3 A low limit for a whole import: at least 90 % of it used, nothing refused")


def test_what_another_program_leaves_is_used_and_the_limit_not_stormed(
    undisturbed: Undisturbed, tmp_path: Path, survived: Survived
) -> None:
    cli = undisturbed.cli(tmp_path / "home")
    with limited(undisturbed.sandbox, LIMIT) as windows:
        with other_program(undisturbed.sandbox, OTHERS) as refused_to_other:
            cli.run_hurried(clock=CLOCK)
        assert share_used(windows("used"), LIMIT) >= 0.9
        refused = windows("refused") - refused_to_other
        assert refused.total() <= len(windows("used"))
    ends_alike(undisturbed, cli)
    survived(
        "R3 Another program that uses a quarter of the quota: 90 % used together, "
        "a refusal a window at most, on average"
    )


@pytest.mark.long
def test_a_limit_that_changes_and_is_shared_makes_no_storm(
    undisturbed: Undisturbed, tmp_path: Path, survived: Survived
) -> None:
    sandbox = undisturbed.sandbox
    cli = undisturbed.cli(tmp_path / "home")
    with limited(sandbox, 100) as windows:
        asked = sandbox.control("state")["requests"]["total"]
        sandbox.control("faults", faults=[f"limit={LIMIT},after={asked + 150}"])
        with other_program(sandbox, 2 * LIMIT) as refused_to_other:
            cli.run_hurried(clock=CLOCK)
        refused = windows("refused") - refused_to_other
        assert (
            refused.total() <= MOST_IN_FLIGHT + 10
        )  # what was under way when the limit fell, then hardly one a window
    ends_alike(undisturbed, cli)
    survived("R3 A limit that is lowered midway, and another program that uses the same quota")
