"""Decisions in bulk: written to a CSV file, edited there, read back, applied to what is imported."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import CommandLine, cli_at, staff

TEAM = [("ana.silva@harbourlight.example", "Ana Silva", "owner"), ("desk@example.com", "Front Desk", "agent")]


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=60, seed=10, rate_limit=0)) as server:
        yield server


@pytest.fixture
def cli(sandbox: Running, tmp_path: Path) -> CommandLine:
    ready = cli_at(tmp_path, sandbox)
    ready.ready(TEAM)
    return ready


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def write(file: Path, found: list[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(found[0]))
        writer.writeheader()
        writer.writerows(found)


def test_authors_who_left_are_claimed_in_bulk_after_the_import(
    sandbox: Running, cli: CommandLine, tmp_path: Path
) -> None:
    cli.run()
    file = tmp_path / "admins.csv"
    cli.do("plan", "export", "admins", str(file))
    found = rows(file)
    left = [row for row in found if row["id"] not in {one.id for one in staff(sandbox)}]
    assert left
    write(file, [{**row, "action": "match", "user": "desk@example.com", "role": ""} for row in left])
    said = cli.do("plan", "import", "admins", str(file)).out
    assert "resync attribution" in said
    cli.do("resync", "attribution")
    assert cli.do("verify", "--json").json["ok"]
    assert cli.differences(sandbox) == []


@pytest.mark.parametrize("kind", ["admins", "attributes"])
def test_what_was_written_reads_back_as_it_is(cli: CommandLine, tmp_path: Path, kind: str) -> None:
    before = cli.plan_read()
    file = tmp_path / "sheet.csv"
    cli.do("plan", "export", kind, str(file))
    assert cli.do("plan", "import", kind, str(file), "--json").json["errors"] == []
    assert cli.plan_read() == before


def test_a_bad_line_refuses_the_whole_file(cli: CommandLine, tmp_path: Path) -> None:
    before = cli.plan.read_bytes()
    file = tmp_path / "admins.csv"
    cli.do("plan", "export", "admins", str(file))
    found = rows(file)
    write(file, [{**found[0], "action": "skip"}, {**found[1], "action": "promote"}])
    assert "line 3" in cli.do("plan", "import", "admins", str(file), expect=2).err
    write(file, [{**found[0], "action": "match", "user": "nobody@example.com"}])
    assert "no user in Ochre" in cli.do("plan", "import", "admins", str(file), expect=2).err
    assert cli.plan.read_bytes() == before


def test_before_a_scan_there_is_nothing_to_write(sandbox: Running, tmp_path: Path) -> None:
    cli = cli_at(tmp_path / "new", sandbox)
    cli.do("connect")
    assert "ochre-tui scan" in cli.do("plan", "export", "admins", str(tmp_path / "a.csv"), expect=2).err
