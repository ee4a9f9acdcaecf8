"""The command line; each command's module is imported when it is called, so that looking on is quick."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import NoReturn

import click

from ochre_tui import __version__

_COMMANDS = {
    "demo": "ochre_tui.commands.demo:demo",
    "sandbox": "ochre_tui.sandbox.command:sandbox",
    "connect": "ochre_tui.commands.connect:connect",
    "team": "ochre_tui.commands.team:team",
    "field": "ochre_tui.commands.team:field",
    "scan": "ochre_tui.commands.scan:scan",
    "plan": "ochre_tui.commands.plan:plan",
    "run": "ochre_tui.commands.run:run",
    "status": "ochre_tui.commands.status:status",
    "verify": "ochre_tui.commands.verify:verify",
    "resolve": "ochre_tui.commands.lookup:resolve",
    "search": "ochre_tui.commands.lookup:search",
    "export": "ochre_tui.commands.export:export",
    "list": "ochre_tui.commands.status:list_migrations",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ochre-tui")
@click.option("--home", type=click.Path(path_type=Path), help="Where migrations are kept (OCHRE_TUI_HOME).")
@click.pass_context
def group(context: click.Context, home: Path | None) -> None:
    """Move a whole support desk from Intercom to Ochre."""
    context.obj = home


def main() -> NoReturn:
    """Run a command and end the process with the contract's exit code."""
    from ochre_tui.commands.frame import main as run

    run(group)
