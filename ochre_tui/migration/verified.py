"""The last verification, kept in the store, so that it can be looked at again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

from ochre_tui.home import Place
from ochre_tui.migration import connection
from ochre_tui.migration.importer.offline import reconverter
from ochre_tui.migration.verify import Check, Difference, Incomplete, Told, each_check, incomplete
from ochre_tui.state import runs
from ochre_tui.state.store import Store

_KEY = "verified"
_MOST_KEPT = 200
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found at `at` (unix seconds); `outdated`: something was imported since."""

    at: int
    ok: bool
    checks: tuple[Check, ...]
    incomplete: tuple[Incomplete, ...]
    outdated: bool = False


def verify_and_keep(
    store: Store, place: Place, now: Callable[[], float], done: Callable[[Check], None], told: Told
) -> Verified:
    """Compare everything, each check handed to `done` as it is made; the outcome is kept."""
    with closing(connection.open_target(place)) as target:
        again = reconverter(store, target, connection.pinned(store).id_code, connection.attachment_hosts())
        checks = []
        for check in each_check(store, target, again, told):
            checks.append(check)
            done(check)
    found = Verified(int(now()), all(check.ok for check in checks), tuple(checks), tuple(incomplete(store)))
    store.set(_KEY, _as_json(found))
    return found


def last_verified(store: Store) -> Verified | None:
    """What the last verification found, with up to 200 differences of each check; None before the first."""
    kept = store.get(_KEY)
    if kept is None or "checks" not in kept:
        return None
    run = runs.latest(store.conn)
    ended = (run.ended_at or run.started_at) if run else 0
    return Verified(
        kept["at"],
        kept["ok"],
        tuple(_check(one) for one in kept["checks"]),
        tuple(Incomplete(**one) for one in kept["incomplete"]),
        outdated=ended > kept["at"] or (run is not None and run.state == "importing"),
    )


def _as_json(found: Verified) -> dict[str, Any]:
    return {
        "at": found.at,
        "ok": found.ok,
        "checks": [{**_without_differences(check), "differences": list(_kept(check))} for check in found.checks],
        "incomplete": [asdict(one) for one in found.incomplete[:_MOST_KEPT]],
    }


def _without_differences(check: Check) -> dict[str, Any]:
    return {"name": check.name, "expected": check.expected, "actual": check.actual, "ok": check.ok}


def _kept(check: Check) -> Iterator[dict[str, Any]]:
    for one in check.differences[:_MOST_KEPT]:
        values = {"expected": text_of(one.expected), "actual": text_of(one.actual)}
        yield {"kind": one.kind, "id": one.id, "field": one.field, **values, "command": one.command}


def text_of(value: object) -> str:
    """A compared value as text, up to 2,000 characters."""
    return "nothing" if value is None else str(value)[:_LONGEST]


def _check(kept: dict[str, Any]) -> Check:
    return Check(**{**kept, "differences": [Difference(**one) for one in kept["differences"]]})
