"""Mending: records that differ are written again, as the archive has them, without a request."""

from __future__ import annotations

from dataclasses import dataclass, field

from ochre_tui.ochre.records import Thread
from ochre_tui.ochre.target import Record, Target

_AT_ONCE = 200


@dataclass(slots=True)
class Mender:
    """Writes into the target under the number of the latest run; `written` and `taken_out` count records."""

    target: Target
    run: int
    written: int = 0
    taken_out: int = 0
    _waiting: dict[tuple[type[Record], str], Record] = field(default_factory=dict)

    def write(self, record: Record) -> None:
        """Have this record put in the place of what is there."""
        id_ = record.conversation.id if isinstance(record, Thread) else record.id
        self._waiting[type(record), id_] = record
        if len(self._waiting) >= _AT_ONCE:
            self.flush()

    def take_out(self, kind: type[Record], id_: str) -> None:
        """Take a record out that claims to be one of Intercom's and is none."""
        self.target.remove([(kind, id_)])
        self.taken_out += 1

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            self.target.rewrite(self.run, list(self._waiting.values()))
            self.written += len(self._waiting)
            self._waiting.clear()
