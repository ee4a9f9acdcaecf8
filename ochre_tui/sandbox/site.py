"""The running simulated Intercom: its world, and all that changes while it runs."""

from __future__ import annotations

import time
import uuid
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from ochre_tui.sandbox.config import Sandbox
from ochre_tui.sandbox.exchange import ApiError, Call
from ochre_tui.sandbox.faults import Fault, Faults
from ochre_tui.sandbox.files import FileCounts, Signer, StoredFile
from ochre_tui.sandbox.limits import Clock, Windows
from ochre_tui.sandbox.world import World

Value = TypeVar("Value")


class Scroll:
    """The one scroll over companies that a workspace can have open."""

    def __init__(self, life_s: float, clock: Clock, seed: int) -> None:
        self._life_s = life_s
        self._clock = clock
        self._random = Random(seed)  # noqa: S311 -- names a scroll, guards nothing
        self._param: str | None = None
        self._until = 0.0
        self.place = 0

    def open(self) -> str:
        """Begin at the first company; refused while another scroll is alive."""
        if self._param is not None and self._clock.now() < self._until:
            raise ApiError(400, "scroll_exists", "scroll already exists for this workspace")
        self._param = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        self.place = 0
        self._touch()
        return self._param

    def resume(self, param: str) -> None:
        """Go on with an open scroll; refused when it has ended, expired or never was."""
        if param != self._param or self._clock.now() >= self._until:
            raise ApiError(404, "not_found", "scroll parameter not found")
        self._touch()

    def close(self) -> None:
        """End it, so that another can begin."""
        self._param = None

    def _touch(self) -> None:
        self._until = self._clock.now() + self._life_s


class Cache:
    """A bounded memory of things that take time to make."""

    def __init__(self, weight: Callable[[Any], int], most: int) -> None:
        self._weight = weight
        self._most = most
        self._total = 0
        self._entries: OrderedDict[Any, Any] = OrderedDict()

    def get(self, key: Any, make: Callable[[], Value]) -> Value:
        """The value of `key`, made now if it is not there."""
        entries = self._entries
        if key in entries:
            entries.move_to_end(key)
            value: Value = entries[key]
            return value
        value = make()
        entries[key] = value
        self._total += self._weight(value)
        while self._total > self._most and len(entries) > 1:
            self._total -= self._weight(entries.popitem(last=False)[1])
        return value

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._total = 0


@dataclass(slots=True)
class Counts:
    """What the API has answered so far, faults included."""

    requests: Counter[str] = field(default_factory=Counter)
    by_status: Counter[int] = field(default_factory=Counter)
    total: int = 0


class Site:
    """Everything that answering one request may need."""

    def __init__(self, config: Sandbox, files_url: str, base_clock: Callable[[], float] = time.time) -> None:
        self.config = config
        self.files_url = files_url
        self.clock = Clock(base_clock)
        self.world = World(config.seed, config.conversations, now=config.now, files_url=files_url, nasty=config.nasty)
        self.zone = ZoneInfo(self.world.me()["app"]["timezone"])
        self.windows = Windows(config.rate_limit, self.clock)
        self.faults = Faults(config.seed)
        self.faults.put(config.faults)
        self.signer = Signer(files_url, config.url_life_s, self.clock, config.seed)
        self.files = FileCounts()
        self.scroll = Scroll(config.scroll_life_s, self.clock, config.seed)
        self.counts = Counts()
        self.scheduled: list[tuple[int, dict[str, Any]]] = []
        self.token = config.token
        self.revoked: set[str] = set()
        self.missing_scopes: set[str] = set()
        self._file_contents = Cache(lambda file: len(file[0]) if file else 0, 16_000_000)
        self.rendered = Cache(lambda pair: len(pair[0]) + len(pair[1]), 64_000_000)
        self.searches = Cache(lambda hits: 500 + len(hits.rows), 300_000)
        self.tables = Cache(lambda table: 1, 8)

    def strike(self, where: Any, call: Call, *, name: str = "", key: str = "") -> Fault | None:
        """The fault that strikes `call` now, if any."""
        if not self.faults.active:
            return None
        return self.faults.hit(where, call.path, key or call.key, self.counts.total, name=name)

    def file(self, path: str) -> StoredFile | None:
        """The file at a path, None where it is gone."""
        return self._file_contents.get(path, lambda: self.world.file(path))

    def changed(self) -> None:
        """Forget what was rendered or found before the world changed."""
        self.rendered.clear()
        self.searches.clear()
        self.tables.clear()

    def moment(self) -> int:
        """The time of a change made now: later than all history and not before the clock."""
        elapsed = int(self.clock.now())
        return max(elapsed, self.config.now + 1)
