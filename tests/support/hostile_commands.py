"""Commands on this very terminal, one after the other: `python -m tests.support.hostile_commands HOME FOLDER`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from ochre_tui.cli import group
from ochre_tui.commands.frame import main
from ochre_tui.commands.scan import _show as show_scan
from ochre_tui.migration.home import Home
from ochre_tui.migration.scan.result import last_scan
from tests.support.hostile_strings import hostile_strings

ALL = hostile_strings()
_SENTENCE = "\n".join(ALL)


def commands(home: Path, folder: Path) -> Iterator[list[str]]:
    """What is run; what they read is spoilt, and in the end what they are given is too."""
    for words in (
        "status", "list", "search a", "search e", "team list", "field list", "plan", "plan --auto",
        "retry --list", "resync attribution --preview", "resync fields --preview", "audit list", "audit verify",
        "cutover", "cutover check", "winddown", "verify", "undo", "wipe", "serve token list", "token",
        "status --json", "list --json", "search a --json", "team list --json", "field list --json", "plan --json",
        "retry --list --json", "verify --json", "audit list --json", "resync fields --preview --json",
    ):  # fmt: skip
        yield words.split()
    for form in ("md", "csv", "json", "html"):
        yield ["report", "--out", str(folder / f"report.{form}")]
    session = Home(home).open("default")
    with session.store() as store:
        ids = [id_ for (id_,) in store.conn.execute("SELECT id FROM archive WHERE kind = 'conversation' ORDER BY id")]
    for id_ in ids[:20]:
        yield ["spot-check", id_]
    yield ["spot-check", ids[0], "--json"]
    plan, team = folder / "plan.toml", folder / "team.csv"
    plan.write_text("".join(f'"{n}" = 1\n' for n in range(3)) + f"[import]\nrange = {_quoted(_SENTENCE)}\n", "utf-8")
    yield ["plan", "check", str(plan)]
    for number, word in enumerate(ALL[::13]):
        team.write_text(f"email,name,role\n{word},{word},{word}\n", "utf-8")
        yield ["team", "import", str(team)]
        plan.write_text(f"[admins.{_quoted(word)}]\naction = {_quoted(word)}\n[{_quoted(word)}]\nx = 1\n", "utf-8")
        yield ["plan", "check", str(plan)]
        argument = word.replace("\0", "")
        yield from (
            ["resolve", argument], ["search", argument], ["forget", argument], ["spot-check", argument],
            ["plan", "--set", f"{argument}={argument}"], ["retry", f"conversations:{argument}"], [argument],
            ["status", "-m", argument], ["status", f"--{argument}"], ["export", f"/nowhere/{argument}"],
            ["run", "--plan", f"/nowhere/{argument}"], ["team", "add", argument], ["--home", argument, "status"],
            ["connect", "--token-file", argument], ["connect", "--token-command", argument],
            ["field", "add", "customer", argument, "--type", "text"], ["report", "--out", f"/nowhere/{argument}"],
            ["pause"], ["stop", "--reason", argument],
        )[number % 3 :: 3]  # fmt: skip


def _quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08X}" if not c.isalnum() else c for c in text) + '"'


def scan_shown(home: Path) -> None:
    """The result of a scan: Intercom itself can't be spoilt."""
    session = Home(home).open("default")
    with session.store() as store:
        found = last_scan(store)
    assert found is not None
    show_scan(found)


if __name__ == "__main__":
    home, folder = Path(sys.argv[1]), Path(sys.argv[2])
    scan_shown(home)
    for words in commands(home, folder):
        os.environ["OCHRE_TUI_INTERCOM_TOKEN"] = "one-that-nobody-asks-for"
        try:
            main(group, ["--home", str(home), *words] if words[0] != "--home" else words)
        except SystemExit as ended:
            click.echo(f"=> {words[0]!a} {ended.code}")
