"""Gathering the facts of a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import tzinfo

import orjson

from ochre_tui import __version__
from ochre_tui.migration import connection, status
from ochre_tui.migration.plan.model import Plan, parse_plan
from ochre_tui.migration.plan.scope import workspace_zone
from ochre_tui.migration.report.export import last_export
from ochre_tui.migration.report.model import (
    Incomplete,
    KindRow,
    Merge,
    Month,
    Reason,
    Report,
    SizeClass,
    Verification,
)
from ochre_tui.migration.scan.result import last_scan
from ochre_tui.migration.session import Session
from ochre_tui.migration.status import speeds
from ochre_tui.migration.verify.run import last_verified
from ochre_tui.migration.verify.source_counts import month_of
from ochre_tui.migration.wording import KIND_WORDS, STATE_WORDS
from ochre_tui.ochre.columns import CONVERSATIONS
from ochre_tui.ochre.target import Target
from ochre_tui.store import files, inventory, outcomes, runs, warnings
from ochre_tui.store.store import Store

MOST = 100
_LONGEST_SILENCE = 24
_CLASSES = (
    (10_000, "up to 10 kB"),
    (100_000, "up to 100 kB"),
    (1_000_000, "up to 1 MB"),
    (10_000_000, "up to 10 MB"),
    (100_000_000, "up to 100 MB"),
    (None, "larger"),
)


def gather(session: Session, store: Store) -> Report:
    """The facts as they stand; UsageError before the migration is connected."""
    conn = store.conn
    workspace = connection.pinned(store)
    zone = workspace_zone(workspace.timezone)
    current = status.read(store, session.paths)
    scanned = last_scan(store)
    verified = last_verified(store)
    plan_text = store.get("plan") or ""
    incomplete = verified.incomplete if verified else ()
    merges = list(warnings.merges(conn))
    pulse = runs.pulse(conn)
    with session.target() as target:
        ochre, months = target.name, tuple(_months(store, target, zone))
    return Report(
        migration=session.paths.name,
        intercom=workspace.name or workspace.id_code,
        intercom_id=workspace.id_code,
        region=workspace.region or "",
        timezone=workspace.timezone or "UTC",
        ochre=ochre,
        state=STATE_WORDS[current.state],
        reason=current.reason,
        made_at=int(session.now()),
        made_by=session.actor,
        version=__version__,
        runs=tuple(runs.every(conn)),
        plan=tuple(_plan_words(parse_plan(plan_text))) if plan_text else (),
        plan_text=plan_text,
        kinds=tuple(KindRow(kind, KIND_WORDS[kind], current.counts[kind]) for kind in outcomes.KINDS),
        reasons=tuple(Reason(*row) for row in outcomes.reasons(conn)),
        contacts=(
            ("read from Intercom", current.contacts.read),
            ("merged into others", current.contacts.merged),
            ("placeholders for people that only conversations know", current.contacts.placeholders),
        ),
        attachments=current.attachments,
        missing=tuple(files.missing_reasons(conn)),
        months=months,
        speed=speeds(pulse[1].get("samples", []) if pulse else []),
        sizes=tuple(_sizes(store)),
        verification=None
        if verified is None
        else Verification(
            verified.at,
            verified.ok,
            verified.outdated,
            verified.checks,
            tuple(difference for check in verified.checks for difference in check.differences)[:MOST],
        ),
        incomplete=tuple(
            Incomplete(
                record.conversation,
                connection.inbox_address(workspace, record.conversation),
                record.expected_parts,
                record.got,
                record.reason,
            )
            for record in incomplete[:MOST]
        ),
        incomplete_count=len(incomplete),
        merges=tuple(_merge(text) for text in merges[:MOST]),
        merge_count=len(merges),
        left_behind=tuple((name.replace("_", " "), n) for name, n in scanned.left_behind.items()) if scanned else (),
        export=last_export(store),
    )


def _months(store: Store, target: Target, zone: tzinfo) -> Iterator[Month]:
    source_months: Counter[str] = Counter()
    for at, number in inventory.by_time(store.conn):
        source_months[month_of(at, zone)] += number
    target_months = Counter(month_of(conversation.created_at, zone) for conversation in target.records(CONVERSATIONS))
    names = sorted(name for name in {*source_months, *target_months} if name != "none")
    for name in _without_gaps(names):
        yield Month(name, source_months[name], target_months[name])


def _without_gaps(names: list[str]) -> Iterator[str]:
    """The months between too, so that a plot shows time as it goes; of more than two silent years only a sign."""
    for before, name in zip([None, *names], names, strict=False):
        between = _months_between(before, name) if before else []
        yield from between if len(between) <= _LONGEST_SILENCE else ["…"]
        yield name


def _months_between(first: str, last: str) -> list[str]:
    start, end = (int(name[:4]) * 12 + int(name[5:]) - 1 for name in (first, last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(start + 1, end)]


def _sizes(store: Store) -> Iterator[SizeClass]:
    counted = [0] * len(_CLASSES)
    for size, number in files.sizes(store.conn):
        counted[next(i for i, (most, _) in enumerate(_CLASSES) if most is None or size <= most)] += number
    for (_, name), number in zip(_CLASSES, counted, strict=True):
        yield SizeClass(name, number)


def _merge(text: str) -> Merge:
    report = orjson.loads(text)
    return Merge(
        str(report.get("customer_id", "")),
        tuple(str(id_) for id_ in report.get("contact_ids", ())),
        tuple(str(email) for email in report.get("emails", ())),
    )


def _plan_words(plan: Plan) -> Iterator[tuple[str, str]]:
    what = plan.import_
    span = what.range if isinstance(what.range, str) else f"{what.range.from_} up to {what.range.to}"
    yield (
        "Conversations from",
        {"all": "all time", "2y": "the last two years", "6m": "the last six months"}.get(span, span),
    )
    yield "States", ", ".join(what.states)
    if what.exclude_closed_older_than_days:
        yield "Left out", f"closed for more than {what.exclude_closed_older_than_days} days"
    yield "Channels", ", ".join(what.channels)
    yield "Contacts", "all" if what.contacts == "all" else "those who take part in a conversation"
    yield "Attachments", "yes" if what.attachments else "no"
    yield "Images inside messages", "yes" if what.inline_images else "no"
    yield "Saved replies", "yes" if what.saved_replies else "no"
    yield "Team members", _actions([entry.action for entry in plan.admins.values()])
    entries = [entry for scope in ("contact", "company", "conversation") for entry in plan.fields.of(scope).values()]
    yield "Custom attributes", _actions([entry.action for entry in entries])


def _actions(actions: list[str]) -> str:
    words = {"match": "matched", "invite": "invited", "skip": "skipped", "create": "created", "map": "mapped"}
    counted = Counter(words[action] for action in actions)
    return ", ".join(f"{number:,} {word}" for word, number in sorted(counted.items())) or "none"
