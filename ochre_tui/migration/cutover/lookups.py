"""Both check-lists, looked up: every part for itself, so that one that can't be asked keeps no other from telling."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from ochre_tui.core.paths import Place
from ochre_tui.core.secret import Secret
from ochre_tui.migration import connection
from ochre_tui.migration.cutover import checklist, intercom, store_side
from ochre_tui.migration.cutover.checklist import CUT_OVER_DONE
from ochre_tui.migration.cutover.dns import check_mail
from ochre_tui.migration.cutover.finding import Finding, keep
from ochre_tui.migration.cutover.intercom import check_intercom, check_revoked
from ochre_tui.migration.cutover.settings import entered
from ochre_tui.migration.cutover.website import check_site
from ochre_tui.store.store import Store

Tell = Callable[[Sequence[Finding]], None]


def _tell_nobody(_: Sequence[Finding]) -> None:
    return


async def check_cut_over(
    store: Store, token: Secret | None, *, now: Callable[[], float] = time.time, tell: Tell = _tell_nobody
) -> list[Finding]:
    """Look up what of the cut-over is done, and keep it; `tell` is called with what is found, as it is found."""
    values, ticked, url = entered(store), checklist.ticked(store), connection.pinned(store).base_url
    begun = ticked.get(CUT_OVER_DONE)
    mail, chat = begun or ticked.get("mx"), begun or ticked.get("messenger")
    since = {intercom.COLLECTOR: mail, intercom.TEST_MAIL: mail, intercom.TEST_CHAT: chat}
    return await _gather(
        store,
        now,
        tell,
        _at_once([store_side.caught_up(store), intercom.by_hand("side-effects", ticked)]),
        check_site(values.site),
        check_mail(values),
        check_intercom(token, url, since, ticked),
    )


async def check_wind_down(
    store: Store,
    place: Place,
    token: Secret | None,
    *,
    now: Callable[[], float] = time.time,
    tell: Tell = _tell_nobody,
) -> list[Finding]:
    """Look up what of the wind-down is done, and keep it; `tell` is called with what is found, as it is found."""
    ticked, url = checklist.ticked(store), connection.pinned(store).base_url
    known = [
        store_side.read_only(ticked, int(now())),
        store_side.last_run(store, ticked),
        store_side.handed_over(place, ticked),
        intercom.by_hand(store_side.CANCEL, ticked),
        store_side.ochre_token(ticked, embedded=connection.pinned_server(place) is None),
        store_side.local_data(place),
    ]
    return await _gather(store, now, tell, _at_once(known), _alone(check_revoked(token, url)))


async def _gather(
    store: Store, now: Callable[[], float], tell: Tell, *parts: Awaitable[list[Finding]]
) -> list[Finding]:
    found: list[Finding] = []
    for part in asyncio.as_completed(parts):
        findings = await part
        keep(store, findings, int(now()))
        tell(findings)
        found += findings
    return found


async def _at_once(findings: list[Finding]) -> list[Finding]:
    return findings


async def _alone(finding: Awaitable[Finding]) -> list[Finding]:
    return [await finding]
