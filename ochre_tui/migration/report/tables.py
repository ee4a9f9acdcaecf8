"""The report as sections of rows, and as Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from ochre_tui.core.text import clean, clean_line
from ochre_tui.core.wording import size
from ochre_tui.migration.plan.scope import workspace_zone
from ochre_tui.migration.report.model import Report
from ochre_tui.migration.wording import KIND_WORDS

_COUNTS = ("found", "created", "changed", "unchanged", "skipped", "quarantined")
_LONGEST = 300
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_markdown(report: Report) -> str:
    """Sections with tables; nothing in a cell is read as Markdown or HTML."""
    lines = [f"# {_escaped(report.intercom)} to {_escaped(report.ochre)}", ""]
    for section in sections(report):
        lines += [f"## {section.title}", ""]
        if not section.rows:
            lines += ["None.", ""]
            continue
        lines += [f"| {' | '.join(section.columns)} |", f"|{' --- |' * len(section.columns)}"]
        lines += [f"| {' | '.join(_escaped(cell) for cell in row)} |" for row in section.rows]
        lines.append("")
    return "\n".join(lines)


def as_csv(report: Report) -> str:
    """One table, RFC 4180: each row begins with its section, each section with its columns.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for section in sections(report):
        writer.writerow([_harmless(cell) for cell in (section.title, *section.columns)])
        writer.writerows([_harmless(cell) for cell in (section.title, *row)] for row in section.rows)
    return out.getvalue()


def as_json(report: Report) -> str:
    """All facts, escaped to ASCII."""
    return json.dumps(asdict(report), ensure_ascii=True, indent=1) + "\n"


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", clean_line(text, len(text) + 1))


def _harmless(cell: str) -> str:
    # Before cleaning, which makes a picture of a leading tab; and after it, for what it may leave in front.
    text = clean(cell)
    return f"'{text}" if cell.startswith(_FORMULA) or text.startswith(_FORMULA) else text


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
            *((KIND_WORDS.get(row.kind, row.kind), row.outcome, row.reason, str(row.count)) for row in report.reasons),
            *(("Files", "missing", reason, str(count)) for reason, count in report.missing),
        ),
    )
    yield Section(
        "Conversations by month",
        ("month", "Intercom", "Ochre"),
        tuple((month.name, str(month.source), str(month.target)) for month in report.months),
    )
    yield Section(
        "Attachments by size", ("size", "attachments"), tuple((row.name, str(row.count)) for row in report.sizes)
    )
    yield from _verification(report)
    yield Section(
        "Incomplete in Intercom",
        ("conversation", "address", "has", "given out", "why"),
        tuple(
            (row.conversation, row.address, str(row.expected), str(row.got), row.reason) for row in report.incomplete
        ),
    )
    yield Section(
        "Merged customers",
        ("customer", "contacts", "e-mail addresses"),
        tuple((row.customer, " ".join(row.contacts), ", ".join(row.emails)) for row in report.merges),
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
    verification = report.verification
    if verification is None:
        yield Section("Verification", ("what", "value"), (("verified", "not yet"),))
        return
    result = (
        "before the last import"
        if verification.outdated
        else "everything is there"
        if verification.ok
        else "there are differences"
    )
    yield Section(
        "Verification", ("what", "value"), (("verified", at_in(report.timezone)(verification.at)), ("result", result))
    )
    yield Section(
        "Checks",
        ("check", "expected", "found", "result"),
        tuple((c.name, str(c.expected), str(c.actual), "ok" if c.ok else "differs") for c in verification.checks),
    )
    yield Section(
        "Differences",
        ("kind", "record", "field", "expected", "there", "mended by"),
        tuple(
            (d.kind, d.id, d.field, short(d.expected), short(d.actual), d.command or "")
            for d in verification.differences
        ),
    )


def at_in(timezone: str) -> Callable[[int], str]:
    """Writes unix seconds as people of this zone do."""
    zone = workspace_zone(timezone)
    return lambda seconds: datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%d %H:%M")


def short(value: object) -> str:
    """A compared value, on one line and cut."""
    return "nothing" if value is None else clean_line(str(value), _LONGEST)
