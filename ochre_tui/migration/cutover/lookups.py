"""Both check-lists, looked up: every part for itself, so that one that can't be asked keeps no other from telling."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.secret import Secret
from ochre_tui.core.tasks import in_loop
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import counted, moment, size
from ochre_tui.migration import connection, destination, wipe
from ochre_tui.migration.audit.log import entries
from ochre_tui.migration.credentials.tokens import INTERCOM
from ochre_tui.migration.cutover import checklist, intercom
from ochre_tui.migration.cutover.checklist import CUT_OVER_DONE, DAY_S, READ_ONLY_DAYS
from ochre_tui.migration.cutover.dns import check_mail
from ochre_tui.migration.cutover.finding import DONE, NOT_YET, Finding, keep
from ochre_tui.migration.cutover.intercom import by_hand, check_intercom, check_revoked
from ochre_tui.migration.cutover.settings import entered
from ochre_tui.migration.cutover.website import check_site
from ochre_tui.migration.session import Session
from ochre_tui.store import runs, sync_passes
from ochre_tui.store.store import Store

OnFindings: TypeAlias = Callable[[Sequence[Finding]], object]
"""Called with what was found, as it is found."""


def check_cut_over(session: Session, on_findings: OnFindings = lambda findings: None) -> list[Finding]:
    """Look up what of the cut-over is done, and keep it; Intercom is asked where its token is known."""
    with session.store() as store:
        values, ticked, url = entered(store), checklist.ticked(store), connection.pinned(store).base_url
        begun = ticked.get(CUT_OVER_DONE)
        mail, chat = begun or ticked.get("mx"), begun or ticked.get("messenger")
        since = {intercom.COLLECTOR: mail, intercom.TEST_MAIL: mail, intercom.TEST_CHAT: chat}
        parts = (
            _at_once([caught_up(store), intercom.by_hand("side-effects", ticked)]),
            check_site(values.site),
            check_mail(values),
            check_intercom(_token(session), url, since, ticked),
        )
        return in_loop(_gather(store, session.now, on_findings, *parts))


def check_wind_down(session: Session, on_findings: OnFindings = lambda findings: None) -> list[Finding]:
    """Look up what of the wind-down is done, and keep it; Intercom is asked where its token is known."""
    paths = session.paths
    with session.store() as store:
        ticked, url = checklist.ticked(store), connection.pinned(store).base_url
        known = [
            read_only(ticked, int(session.now())),
            last_run(store, ticked),
            handed_over(paths, ticked),
            intercom.by_hand(CANCEL, ticked),
            ochre_token(ticked, embedded=destination.pinned_server(paths) is None),
            local_data(paths),
        ]
        parts = (_at_once(known), _alone(check_revoked(_token(session), url)))
        return in_loop(_gather(store, session.now, on_findings, *parts))


def _token(session: Session) -> Secret | None:
    known = session.known_token(INTERCOM)
    return known.token if known else None


async def _gather(
    store: Store, now: Callable[[], float], on_findings: OnFindings, *parts: Awaitable[list[Finding]]
) -> list[Finding]:
    found: list[Finding] = []
    for part in asyncio.as_completed(parts):
        findings = await part
        keep(store, findings, int(now()))
        on_findings(findings)
        found += findings
    return found


async def _at_once(findings: list[Finding]) -> list[Finding]:
    return findings


async def _alone(finding: Awaitable[Finding]) -> list[Finding]:
    return [await finding]


CATCH_UP, LAST_RUN, READ_ONLY = "catch-up", "last-run", "read-only"
HAND_OVER, CANCEL, REVOKE_OCHRE, WIPE = "hand-over", "cancel", "revoke-ochre", "wipe"


def caught_up(store: Store) -> Finding:
    """Whether the last pass over Intercom found nothing new."""
    found = _last_pass(store)
    if isinstance(found, str):
        return Finding(CATCH_UP, NOT_YET, found)
    if found.quiet:
        return Finding(
            CATCH_UP, DONE, f"The pass that began at {moment(found.begun_at)} found nothing new in Intercom."
        )
    return Finding(CATCH_UP, NOT_YET, f"{_brought(found)} Catch up until nothing is left.")


def last_run(store: Store, ticked: Mapping[str, int]) -> Finding:
    """Whether Intercom was looked through once more after the cut-over, and nothing was left."""
    found, cut_over = _last_pass(store), ticked.get(CUT_OVER_DONE)
    if isinstance(found, str):
        return Finding(LAST_RUN, NOT_YET, found)
    if cut_over is None or found.begun_at < cut_over:
        began = moment(found.begun_at)
        return Finding(LAST_RUN, NOT_YET, f"The last pass over Intercom began at {began}, before the cut-over.")
    if not found.quiet:
        return Finding(LAST_RUN, NOT_YET, f"{_brought(found)} Catch up until nothing is left.")
    said = f"The pass that began at {moment(found.begun_at)}, after the cut-over, found nothing new in Intercom."
    return Finding(LAST_RUN, DONE, said)


def _last_pass(store: Store) -> sync_passes.Pass | str:
    """The latest look at all that there is in Intercom, if it is complete; else what is the matter."""
    run = runs.latest(store.conn)
    if run is None:
        return "Nothing was imported yet."
    if run.state != "completed":
        return f"The last import is not complete ({run.state})."
    found = sync_passes.of(store.conn, run.id)
    return "Nothing was caught up since the import." if found is None or found.brought is None else found


def _brought(found: sync_passes.Pass) -> str:
    began = moment(found.begun_at)
    if found.brought:
        return f"The last pass over Intercom, begun at {began}, brought or changed {counted(found.brought, 'record')}."
    return f"The last pass over Intercom, begun at {began}, was interrupted."


def read_only(ticked: Mapping[str, int], now: int) -> Finding:
    """Whether the days that Intercom should stay are over."""
    cut_over = ticked.get(CUT_OVER_DONE)
    if cut_over is None:
        return Finding(READ_ONLY, NOT_YET, "The days are counted from the cut-over, which is not declared yet.")
    until = cut_over + READ_ONLY_DAYS * DAY_S
    if now < until:
        left = -(-(until - now) // DAY_S)
        return Finding(READ_ONLY, NOT_YET, f"{left} of {READ_ONLY_DAYS} days are left, until {moment(until)}.")
    return Finding(READ_ONLY, DONE, f"The {READ_ONLY_DAYS} days were over at {moment(until)}.")


def handed_over(paths: MigrationPaths, ticked: Mapping[str, int]) -> Finding:
    """Whether an export was written."""
    exports = [entry for entry in entries(paths) if entry.what == "export"]
    if not exports:
        return by_hand(HAND_OVER, ticked, "No export was written from here.")
    last = exports[-1]
    file = clean_line(str(last.facts.get("file")))
    return Finding(HAND_OVER, DONE, f"The last export was written at {moment(last.at)}: {file}.")


def ochre_token(ticked: Mapping[str, int], *, embedded: bool) -> Finding:
    """Whether there is an Ochre token at all."""
    if embedded:
        return Finding(REVOKE_OCHRE, DONE, "The workspace is on this machine and has no token.")
    return by_hand(REVOKE_OCHRE, ticked)


def local_data(paths: MigrationPaths) -> Finding:
    """What is left on this machine; once it is wiped, nobody is there to ask any more."""
    items = wipe.contents(paths)
    total = size(sum(item.bytes for item in items))
    files = sum(item.files for item in items)
    return Finding(WIPE, NOT_YET, f"{files:,} files ({total}) are in {clean_line(str(paths.folder))}.")
