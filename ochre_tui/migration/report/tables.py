"""The report as sections of rows, for the formats that know no layout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ochre_tui.core.wording import size
from ochre_tui.migration.report.facts import Report
from ochre_tui.migration.report.words import at_in, short
from ochre_tui.migration.wording import KIND_WORDS

_COUNTS = ("found", "created", "changed", "unchanged", "skipped", "quarantined")


@dataclass(frozen=True, slots=True)
class Section:
    """`columns` head the cells of each row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sections(report: Report) -> Iterator[Section]:
    """Everything that the page says, in its order."""
    at = at_in(report.timezone)
    yield Section("Migration", ("what", "value"), tuple(_head(report)))
    yield Section(
        "What was moved",
        ("kind", *_COUNTS),
        tuple((row.name, *(str(row.counts[key]) for key in _COUNTS)) for row in report.kinds),
    )
    files = report.attachments
    yield Section(
        "Attachments",
        ("found", "stored", "bytes", "missing", "left out"),
        (
            (
                str(files.found),
                str(files.stored),
                str(files.bytes),
                str(files.missing),
                str(files.skipped),
            ),
        ),
    )
    yield Section(
        "Skipped, quarantined, missing: why",
        ("what", "became", "reason", "records"),
        (
            *((KIND_WORDS.get(one.kind, one.kind), one.outcome, one.reason, str(one.count)) for one in report.reasons),
            *(("Files", "missing", reason, str(count)) for reason, count in report.missing),
        ),
    )
    yield Section(
        "Conversations by month",
        ("month", "Intercom", "Ochre"),
        tuple((month.name, str(month.source), str(month.target)) for month in report.months),
    )
    yield Section(
        "Attachments by size", ("size", "attachments"), tuple((one.name, str(one.count)) for one in report.sizes)
    )
    yield from _verification(report)
    yield Section(
        "Incomplete in Intercom",
        ("conversation", "address", "has", "given out", "why"),
        tuple((o.conversation, o.address, str(o.expected), str(o.got), o.reason) for o in report.incomplete),
    )
    yield Section(
        "Merged customers",
        ("customer", "contacts", "e-mail addresses"),
        tuple((one.customer, " ".join(one.contacts), ", ".join(one.emails)) for one in report.merges),
    )
    yield Section(
        "Left behind",
        ("in Intercom", "number"),
        tuple((name, "" if count is None else str(count)) for name, count in report.left_behind),
    )
    yield Section(
        "Runs",
        ("began", "ended", "state", "reason", "process", "host"),
        tuple(
            (
                at(run.started_at),
                at(run.ended_at) if run.ended_at else "",
                run.state,
                run.reason or "",
                str(run.pid),
                run.host,
            )
            for run in report.runs
        ),
    )
    yield Section("Plan", ("what", "value"), report.plan)
    export = report.export
    yield Section(
        "Export",
        ("file", "size", "written", "SHA-256"),
        ((export.name, size(export.bytes), at(export.at), export.sha256),) if export else (),
    )


def _head(report: Report) -> Iterator[tuple[str, str]]:
    at = at_in(report.timezone)
    yield "migration", report.migration
    yield "from", f"{report.intercom} ({report.intercom_id})"
    yield "to", report.ochre
    yield "state", report.state + (f": {report.reason}" if report.reason else "")
    yield "made", at(report.made_at)
    yield "made by", report.made_by
    yield "version", report.version
    yield "time zone", report.timezone
    for name, count in report.contacts:
        yield f"contacts {name}", str(count)


def _verification(report: Report) -> Iterator[Section]:
    found = report.verification
    if found is None:
        yield Section("Verification", ("what", "value"), (("verified", "not yet"),))
        return
    said = (
        "before the last import" if found.outdated else "everything is there" if found.ok else "there are differences"
    )
    yield Section("Verification", ("what", "value"), (("verified", at_in(report.timezone)(found.at)), ("result", said)))
    yield Section(
        "Checks",
        ("check", "expected", "found", "result"),
        tuple((c.name, str(c.expected), str(c.actual), "ok" if c.ok else "differs") for c in found.checks),
    )
    yield Section(
        "Differences",
        ("kind", "record", "field", "expected", "there", "mended by"),
        tuple((d.kind, d.id, d.field, short(d.expected), short(d.actual), d.command or "") for d in found.differences),
    )
