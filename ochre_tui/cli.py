"""The command line; each command's module is imported when it is called, so that looking on is quick."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import NoReturn

import click

from ochre_tui import __version__

THEMES = ("dark", "light", "ansi", "ansi-light")

# Where each command is, and what it does in a line: asking for help need not import them all.
_COMMANDS = {
    "demo": ("ochre_tui.commands.demo:demo", "The whole journey against a simulated Intercom."),
    "sandbox": ("ochre_tui.commands.sandbox:sandbox", "Only the simulated Intercom, to rehearse against."),
    "connect": ("ochre_tui.commands.connect:connect", "Check the Intercom token, and pin the workspace."),
    "team": ("ochre_tui.commands.team:team", "The Ochre users that admins can be matched to."),
    "field": ("ochre_tui.commands.team:field", "Custom fields that attributes can be mapped to."),
    "scan": ("ochre_tui.commands.scan:scan", "The dry run: what there is, and how long it takes."),
    "plan": ("ochre_tui.commands.plan:plan", "What to import, who becomes whom, what becomes what."),
    "side-effects": ("ochre_tui.commands.check_lists:side_effects", "What to switch off in Ochre before the import."),
    "run": ("ochre_tui.commands.run:run", "Import; run again, it goes on or brings what is new."),
    "status": ("ochre_tui.commands.status:status", "How the migration stands."),
    "resync": ("ochre_tui.commands.resync:resync", "Mend only the attachments, the attribution or the fields."),
    "pause": ("ochre_tui.commands.steer:pause", "Let the import wait, from any shell."),
    "resume": ("ochre_tui.commands.steer:resume", "Let it go on."),
    "stop": ("ochre_tui.commands.steer:stop", "End it after the records in hand."),
    "throttle": ("ochre_tui.commands.steer:throttle", "How much of Intercom's limit it may use."),
    "catch-up": ("ochre_tui.commands.run:catch_up", "Import what changed since, until nothing new is left."),
    "retry": ("ochre_tui.commands.run:retry", "Try the quarantined records again, or list them."),
    "verify": ("ochre_tui.commands.verify:verify", "Compare Intercom and Ochre, record by record."),
    "spot-check": ("ochre_tui.commands.spot_check:spot_check", "A conversation of both sides, message by message."),
    "resolve": ("ochre_tui.commands.lookup:resolve", "The Ochre record behind an old Intercom link or id."),
    "search": ("ochre_tui.commands.lookup:search", "Find customers in Ochre."),
    "serve": ("ochre_tui.commands.serve:serve", "The Ochre workspace over HTTP."),
    "export": ("ochre_tui.commands.export:export", "Everything in the Ochre workspace, as a ZIP."),
    "report": ("ochre_tui.commands.report:report", "The migration on one page, to hand over."),
    "forget": ("ochre_tui.commands.forget:forget", "Erase a person from what is kept on this machine."),
    "undo": ("ochre_tui.commands.undo:undo", "Take out of Ochre what this migration put in."),
    "cutover": ("ochre_tui.commands.check_lists:cutover", "What makes customers reach Ochre, and what is done of it."),
    "winddown": ("ochre_tui.commands.check_lists:winddown", "What ends Intercom, and what is done of it."),
    "wipe": ("ochre_tui.commands.wipe:wipe", "Delete a migration's local data and its tokens."),
    "audit": ("ochre_tui.commands.audit:audit", "Who did what, and whether that log is whole."),
    "doctor": ("ochre_tui.commands.doctor:doctor", "Whether this machine is fit for a migration."),
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


@click.command(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ochre-tui")
@click.option("--home", type=click.Path(path_type=Path), help="Where migrations are kept (OCHRE_TUI_HOME).")
@click.option("--theme", type=click.Choice(THEMES), envvar="OCHRE_TUI_THEME", default="dark", help="The app's colours.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal, to select text with.")
@click.pass_context
def group(context: click.Context, home: Path | None, theme: str, no_mouse: bool) -> int | None:
    """Move a whole support desk from Intercom to Ochre.

    Without a command it opens the app.
    """
    context.obj = home
    if context.invoked_subcommand is not None:
        return None
    from ochre_tui.app.launch import open_app  # here, as the commands do without what it needs

    return open_app(home, migration=os.environ.get("OCHRE_TUI_MIGRATION"), theme=theme, mouse=not no_mouse)


def main() -> NoReturn:
    """Run a command and end the process with the contract's exit code."""
    from ochre_tui.commands.frame import main as run
    from ochre_tui.core.process import harden

    harden()
    run(group)
