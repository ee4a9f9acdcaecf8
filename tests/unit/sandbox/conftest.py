"""Worlds to look at, made once for all tests of a process."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from ochre_tui.sandbox.world import World

NOW = 1_793_534_400
FILES_URL = "http://127.0.0.1:9"

MakeWorld = Callable[[int, int, bool], World]


@cache
def _world(seed: int, conversations: int, nasty: bool) -> World:
    return World(seed, conversations, now=NOW, files_url=FILES_URL, nasty=nasty)


@pytest.fixture
def shared_world() -> MakeWorld:
    """A world by seed, size and nastiness; shared, so not to be changed."""
    return _world


@pytest.fixture
def world() -> World:
    """A small world of the test's own, to be changed at will."""
    return World(5, 120, now=NOW, files_url=FILES_URL)
