"""`scan`: the dry run."""

from __future__ import annotations

import click

from ochre_tui.commands.credentials import TokenSource, take_ochre_token, take_token, takes_token
from ochre_tui.commands.frame import as_json, in_migration, print_json, show_table
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import duration, size
from ochre_tui.migration.scan.result import AdminSuggestion, FieldSuggestion, ScanResult
from ochre_tui.migration.scan.run import scan as dry_run
from ochre_tui.migration.session import Session


@click.command()
@in_migration
@takes_token
@as_json
def scan(session: Session, *, source: TokenSource, to_json: bool) -> None:
    """Read what Intercom holds, without changing anything: counts, files, time, what stays behind."""
    take_ochre_token(session)
    take_token(session, source)
    result = dry_run(session)
    if to_json:
        print_json(result.document())
    else:
        _show(result)


def _show(result: ScanResult) -> None:
    show_table(("In Intercom", "Count"), [(what.replace("_", " "), count) for what, count in result.counts.items()])
    found = result.conversations
    for title, table in (("by state", found.by_state), ("by channel", found.by_channel)):
        click.echo(f"Conversations {title}: " + ", ".join(f"{clean_line(k)} {n:,}" for k, n in table.items()))
    files, time = result.attachments, result.estimate_s
    click.echo(
        f"Attachments: about {files.count:,}, {size(files.bytes.likely)} ({size(files.bytes.low)} to "
        f"{size(files.bytes.high)}), from {files.sampled:,} conversations."
    )
    click.echo(f"The import takes about {duration(time.likely)} ({duration(time.low)} to {duration(time.high)}).")
    behind = {what: count for what, count in result.left_behind.items() if count or count is None}
    click.echo(
        "Stays behind: "
        + ", ".join(
            f"{clean_line(what.replace('_', ' '))} ({'?' if n is None else f'{n:,}'})" for what, n in behind.items()
        )
    )
    click.echo()
    show_table(
        ("Admin", "E-mail", "In use", "Suggestion"),
        [
            (admin.name, admin.email, admin.conversations, _whom(admin.suggestion))
            for admin in result.admins
            if admin.suggestion
        ],
    )
    click.echo()
    show_table(
        ("Attribute", "In use", "Suggestion"),
        [
            (f"{field.scope}: {field.name}", field.usage, _what(field.suggestion))
            for field in result.fields
            if field.suggestion
        ],
    )
    click.echo()
    for warning in result.warnings:
        click.echo(f"{click.style('warning', fg='yellow')}  {clean_line(warning.message)}")
    click.echo("Next: `ochre-tui plan --auto`, then `ochre-tui run`.")


def _whom(suggestion: AdminSuggestion) -> str:
    """Who the admin becomes; the plan's comments say more."""
    if suggestion.action == "skip":
        return "skip"
    return f"guess: {suggestion.user}" if suggestion.guess else "match by e-mail"


def _what(suggestion: FieldSuggestion) -> str:
    if suggestion.key is None:
        return suggestion.action
    return f"{suggestion.action} {suggestion.key}" + (f" ({suggestion.type})" if suggestion.type else "")
