"""Verifying a migration; the last outcome is kept in the store, so that it can be looked at again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.secret import Secret
from ochre_tui.core.tasks import in_loop
from ochre_tui.intercom.client import Intercom
from ochre_tui.migration import connection
from ochre_tui.migration.credentials.tokens import INTERCOM
from ochre_tui.migration.importer.reconvert import reconverter
from ochre_tui.migration.plan.scope import workspace_zone
from ochre_tui.migration.session import Session
from ochre_tui.migration.verify import checkpoint
from ochre_tui.migration.verify.checks import each_check
from ochre_tui.migration.verify.context import Told, Verifying
from ochre_tui.migration.verify.fix import Mender
from ochre_tui.migration.verify.live import compare_live
from ochre_tui.migration.verify.model import Check, Incomplete
from ochre_tui.store import refetch, runs
from ochre_tui.store.store import Store

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


def verify(
    session: Session,
    on_check: Callable[[Check], None] = lambda check: None,
    on_progress: Told = lambda check, done: None,
    live: int | None = None,
) -> Verified:
    """Compare everything, each check handed to `on_check` as it is made, and keep the outcome; `live`: how many
    conversations to read from Intercom once more.

    One that was interrupted goes on, unless something was written in between.
    """
    with session.store() as store, _both_sides(session, store, on_progress) as v:
        v.of = checkpoint.subject(store, v.target)
        kept = checkpoint.kept_of(store, v.of)
        if kept is None:
            with store.transaction() as conn:
                refetch.forget(conn)
        else:
            v.done, v.facts, v.under_way = kept.done, kept.facts, kept.under_way
        try:
            checks = []
            for check in each_check(v):
                checks.append(check)
                on_check(check)
            if live is not None:
                checks.append(in_loop(_live(v, session.token(INTERCOM), live)))
                on_check(checks[-1])
        except BaseException:
            with suppress(OchreTuiError):
                v.keep()
            raise
        checkpoint.drop(store)
        ok = all(check.ok for check in checks)
        found = Verified(int(session.now()), ok, tuple(checks), tuple(v.facts.incomplete))
        store.set(_KEY, _as_json(found))
    return found


def mend(session: Session, on_progress: Told) -> int:
    """Write what differs again, from the archive and without a request; how many records that were.

    Raises MigrationHeldError while another process works on the migration.
    """
    with session.lease(), session.store() as store, _both_sides(session, store, on_progress) as v:
        run = runs.latest(store.conn)
        v.mender = Mender(v.target, run.id if run else 0)
        for _ in each_check(v):
            v.mender.flush()
        return v.mender.written + v.mender.taken_out


@contextmanager
def _both_sides(session: Session, store: Store, on_progress: Told) -> Iterator[Verifying]:
    with session.target() as target:
        workspace = connection.pinned(store)
        again = reconverter(store, target, workspace.id_code, connection.attachment_hosts())
        zone = workspace_zone(workspace.timezone)
        yield Verifying(store, target, again, zone, None, on_progress, rng=session.rng or random.SystemRandom())


async def _live(v: Verifying, token: Secret, number: int) -> Check:
    workspace = await connection.confirmed(v.store, token)
    async with Intercom(token, workspace.base_url) as client:
        return await compare_live(v, client, number)


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
        tuple(checkpoint.read_check(one) for one in kept["checks"]),
        tuple(Incomplete(**one) for one in kept["incomplete"]),
        outdated=ended > kept["at"] or (run is not None and run.state == "importing"),
    )


def _as_json(found: Verified) -> dict[str, Any]:
    return {
        "at": found.at,
        "ok": found.ok,
        "checks": [{**_without_differences(check), "differences": list(_kept(check))} for check in found.checks],
        "incomplete": [asdict(one) for one in found.incomplete],
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
