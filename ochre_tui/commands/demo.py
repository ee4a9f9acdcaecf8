"""`demo`: the whole journey against a simulated Intercom, no account needed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from ochre_tui.app.launch import has_terminal, open_app
from ochre_tui.core.errors import ExitCode, OchreTuiError
from ochre_tui.core.paths import DEFAULT_NAME
from ochre_tui.migration.home import Home
from ochre_tui.ochre.embedded.administration import import_csv

_TEAM = """\
email,name,role
ana.silva@harbourlight.example,Ana Silva,owner
ben.oconnor@harbourlight.example,Ben O'Connor,admin
chiara@harbourlight.example,Chiara Rossi,agent
dmitri@harbourlight.example,Dmitri Volkov,agent
zoe@ochre.example,Zoë Müller,agent
"""
_TOKEN = "OCHRE_TUI_INTERCOM_TOKEN"  # noqa: S105 - a name


@click.command()
@click.option("--conversations", type=click.IntRange(1), default=500, show_default=True, help="How many to simulate.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same data.")
@click.option("--headless", is_flag=True, help="The steps as commands, not in the app.")
@click.pass_context
def demo(context: click.Context, *, conversations: int, seed: int, headless: bool) -> None:
    """Open the app on a simulated Intercom that is started for it; without a terminal, run the steps as commands.

    The migration lies in a folder of its own, which is deleted afterwards; `ochre-tui --home DIR demo` keeps it there.
    """
    kept: Path | None = context.obj
    home = kept or Path(tempfile.mkdtemp(prefix="ochre-tui-demo-"))
    began = time.monotonic()
    try:
        with _simulated_intercom(conversations, seed) as token:
            if headless or not has_terminal():
                _journey(context.find_root().command, home, token)
            else:
                _in_the_app(home)
    finally:
        if kept is None:
            click.echo("\nDeleting the demo's folder…")  # of a large one that takes seconds
            shutil.rmtree(home, ignore_errors=True)
    where = f"It is kept in {home}." if kept else "Its folder is deleted; keep one with `ochre-tui --home DIR demo`."
    click.echo(f"\nThe demo ended after {time.monotonic() - began:.0f} s. {where}")


def _in_the_app(home: Path) -> None:
    """The app, with the team in Ochre already: the rest of the way is the operator's."""
    with Home(home).create(DEFAULT_NAME).embedded() as workspace:
        import_csv(workspace, _team_file(home))
    if code := open_app(home):
        raise click.exceptions.Exit(code)


def _team_file(home: Path) -> Path:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    team = home / "team.csv"
    team.write_text(_TEAM, "utf-8")
    return team


def _journey(group: click.Command, home: Path, token: str) -> None:
    """Every step as an operator would type it."""
    team = _team_file(home)
    for words in (
        ("connect",),
        ("team", "import", str(team)),
        ("scan",),
        ("plan", "--auto"),
        ("run",),
        ("verify",),
        ("run",),
        ("search", "maria"),
        ("export", str(home / "export.zip")),
        ("list",),
    ):
        os.environ[_TOKEN] = token  # each command takes it out, as no child may inherit it
        _step(group, home, words)


def _step(group: click.Command, home: Path, words: Sequence[str]) -> None:
    """One command; a code of 3 goes on, as the simulated Intercom has files that are gone for good."""
    click.secho(f"\n$ ochre-tui {' '.join(words)}", bold=True)
    code = group.main(["--home", str(home), *words], prog_name="ochre-tui", standalone_mode=False)
    if code == ExitCode.OUTSTANDING:
        click.echo("(exit code 3: done, and the missing attachments are gone in Intercom too)")
    elif code:
        raise click.exceptions.Exit(code)


@contextmanager
def _simulated_intercom(conversations: int, seed: int) -> Iterator[str]:
    """A sandbox in a process of its own, and the environment that leads there; gives its token."""
    command = [sys.executable, "-m", "ochre_tui", "sandbox", "--json", "--until-stdin-closes"]
    command += ["--conversations", str(conversations), "--seed", str(seed)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own interpreter
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line:
                raise OchreTuiError(
                    "The simulated Intercom did not start.", advice="Try `ochre-tui sandbox` by itself."
                )
            there = json.loads(line)
            os.environ["OCHRE_TUI_INTERCOM_URL"] = there["url"]
            os.environ[_TOKEN] = there["token"]
            os.environ["OCHRE_TUI_ATTACHMENT_HOSTS"] = there["attachment_hosts"]
            yield str(there["token"])
        finally:
            process.stdin.close()
