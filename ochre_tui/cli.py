"""The command line; each command's module is imported when it is called, so that looking on is quick."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import NoReturn

import click

from ochre_tui import __version__

# Where each command is, and what it does in a line: asking for help need not import them all.
_COMMANDS = {
    "demo": ("ochre_tui.commands.demo:demo", "The whole journey against a simulated Intercom."),
    "sandbox": ("ochre_tui.sandbox.command:sandbox", "Only the simulated Intercom, to rehearse against."),
    "connect": ("ochre_tui.commands.connect:connect", "Check the Intercom token, and pin the workspace."),
    "team": ("ochre_tui.commands.team:team", "The Ochre users that admins can be matched to."),
    "field": ("ochre_tui.commands.team:field", "Custom fields that attributes can be mapped to."),
    "scan": ("ochre_tui.commands.scan:scan", "The dry run: what there is, and how long it takes."),
    "plan": ("ochre_tui.commands.plan:plan", "What to import, who becomes whom, what becomes what."),
    "run": ("ochre_tui.commands.run:run", "Import; run again, it goes on or brings what is new."),
    "status": ("ochre_tui.commands.status:status", "How the migration stands."),
    "verify": ("ochre_tui.commands.verify:verify", "Compare Intercom and Ochre, record by record."),
    "resolve": ("ochre_tui.commands.lookup:resolve", "The Ochre record behind an old Intercom link or id."),
    "search": ("ochre_tui.commands.lookup:search", "Find customers in Ochre."),
    "export": ("ochre_tui.commands.export:export", "Everything in the Ochre workspace, as a ZIP."),
    "list": ("ochre_tui.commands.status:list_migrations", "The migrations on this machine."),
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])


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
