"""The report as Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import asdict

from ochre_tui.core.text import clean, clean_line
from ochre_tui.migration.report.facts import Report
from ochre_tui.migration.report.tables import sections

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
