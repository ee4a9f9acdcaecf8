"""The report: what it says, that nothing in it comes alive, and how it is written."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine
from tests.support.planted import changed_body
from tests.support.spoilable import Spoilable

HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "' onload='alert(1)",
    "</style></pre></title><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202eevil\u2066\x1b[31m\x00",
    "&lt;b&gt;",
]


class Page(HTMLParser):
    """Every element with the names of its attributes, every attribute's value, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[tuple[str, tuple[str, ...]]] = set()
        self.values: list[tuple[str, str]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add((tag, tuple(sorted(name for name, _ in attrs))))
        self.values += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def report(cli: CommandLine, form: str = "html") -> str:
    out = cli.home / f"report.{form}"
    cli.do("report", "--out", str(out))
    return out.read_bytes().decode()


def make_hostile(cli: Spoilable) -> None:
    """Text from outside, everywhere that the report shows any."""
    for number, text in enumerate(HOSTILE):
        cli.state(
            "INSERT INTO outcome (kind, id, run, outcome, reason) VALUES ('customers', ?, 1, 'skipped', ?)",
            str(number),
            text,
        )
        cli.state("INSERT INTO file (path, state, reason) VALUES (?, 'missing', ?)", str(number), text)
        merge = {"customer_id": text, "contact_ids": [text], "emails": [text]}
        cli.state("INSERT INTO merge VALUES (?, ?)", f"m{number}", json.dumps(merge))
    everything = " ".join(HOSTILE)
    cli.state("UPDATE run SET host = ?, reason = ?", everything, everything)
    pinned = json.loads(cli.state("SELECT value FROM meta WHERE key = 'intercom'")[0][0])
    pinned |= {"name": everything, "id_code": pinned["id_code"], "region": everything}
    cli.state("UPDATE meta SET value = ? WHERE key = 'intercom'", json.dumps(pinned))
    cli.ochre("UPDATE workspace SET name = ?", everything)
    changed_body(cli)
    cli.ochre("UPDATE messages SET body_html = ? WHERE n IN (SELECT n FROM messages LIMIT 20)", everything)
    cli.verify()


def test_what_it_says(cli: Spoilable) -> None:
    before = Page(report(cli)).text
    assert "Not verified yet." in before
    assert "No export was written yet" in before
    cli.do("verify")
    zipped = cli.export()
    digest = hashlib.sha256(zipped.read_bytes()).hexdigest()
    text = Page(report(cli)).text
    assert "Everything is there." in text
    assert f"SHA-256 {digest}" in " ".join(text.split())
    status = cli.status()
    assert f"{status['counts']['customers']['created']:,}" in text
    (incomplete,) = cli.verify().json["incomplete"]
    code = json.loads(cli.state("SELECT value FROM meta WHERE key = 'intercom'")[0][0])["id_code"]
    assert f"https://app.intercom.com/a/inbox/{code}/inbox/conversation/{incomplete['conversation']}" in text
    for word in ("articles", "Left behind", "Merged customers", "Conversations by month", "[import]", "process"):
        assert word in text
    changed_body(cli)
    cli.verify()
    text = Page(report(cli)).text
    assert "There are differences." in text
    assert "ochre-tui verify --mend" in text


def test_nothing_in_it_is_loaded_or_run(cli: Spoilable) -> None:
    cli.do("verify")
    page = Page(report(cli))
    tags = {tag for tag, _ in page.elements}
    assert not tags & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "input",
        "a",
        "use",
        "image",
    }
    names = {name for name, _ in page.values}
    assert not {name for name in names if name.startswith("on")} | (
        names & {"href", "src", "style", "xlink:href", "action"}
    )
    style = re.search(r"<style>(.*?)</style>", report(cli), re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_hostile_text_stays_text(cli: Spoilable) -> None:
    cli.do("verify")
    calm = Page(report(cli))
    make_hostile(cli)
    html = report(cli)
    page = Page(html)
    # The table of differences is there only now.
    assert page.elements == calm.elements
    assert {tag for tag, _ in page.elements} == {tag for tag, _ in calm.elements}
    for _, value in page.values:
        assert "alert" not in value
        assert "evil" not in value
    assert "alert(1)" in page.text
    assert "{{ 7 * 7 }}" in page.text
    assert "49" not in page.text.split("{{ 7 * 7 }}")[0][-20:]
    assert not set(html) & {"\u202e", "\u2066", "\x1b", "\x00"}


def test_a_file_for_its_owner_that_appears_when_it_is_whole(cli: Spoilable, tmp_path: Path) -> None:
    out = tmp_path / "out.html"
    out.write_text("old")
    out.chmod(0o644)
    cli.do("report", "--out", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.read_text().startswith("<!doctype html>")
    assert not list(tmp_path.glob(".out*"))
    assert "can't be written" in cli.do("report", "--out", str(tmp_path / "no" / "r.html"), expect=2).err


@pytest.mark.parametrize("form", ["md", "csv", "json"])
def test_the_format_goes_by_the_name_unless_told(cli: Spoilable, tmp_path: Path, form: str) -> None:
    by_name, told = tmp_path / f"r.{form}", tmp_path / "r.txt"
    cli.do("report", "--out", str(by_name))
    cli.do("report", "--out", str(told), "--format", form)
    first, second = (
        re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d|\"made_at\": \d+", "", path.read_text()) for path in (by_name, told)
    )
    assert first == second


def test_csv_holds_no_formula(cli: Spoilable) -> None:
    for start in ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("x","y")'):
        cli.state(
            "INSERT INTO outcome (kind, id, run, outcome, reason) VALUES ('tags', ?, 1, 'skipped', ?)", start, start
        )
    text = report(cli, "csv")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert text.count("\r\n") == len(rows)
    reasons = [row[3] for row in rows if row[:2] == ["Skipped, quarantined, missing: why", "Tags"]]
    assert sorted(reasons) == sorted(["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'␍x", '\'=HYPERLINK("x","y")'])
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_markdown_shows_hostile_text_as_it_is(cli: Spoilable) -> None:
    make_hostile(cli)
    text = report(cli, "md")
    assert "<script>" not in text
    assert "\\<script\\>" in text
    for line in text.splitlines():
        if line.startswith("| "):
            assert line.endswith(" |")


def test_json_holds_every_fact(cli: Spoilable) -> None:
    cli.do("verify")
    facts = json.loads(report(cli, "json"))
    assert facts["verification"]["ok"] is True
    assert sum(month["source"] for month in facts["months"]) == sum(month["target"] for month in facts["months"])
    assert facts["kinds"][0]["kind"] == "conversations"
    assert facts["incomplete_count"] == 1


def test_before_anything_was_imported(tmp_path: Path, imported: CommandLine) -> None:
    cli = CommandLine(tmp_path, {**imported.environment, "OCHRE_TUI_HOME": str(tmp_path)})
    assert "There is no migration" in cli.do("report", "--out", str(tmp_path / "r.html"), expect=2).err
    cli.do("connect")
    for form in ("html", "md", "csv", "json"):
        assert report(cli, form)
