"""`connect`: whose token it is, and what it may do."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path

import click

from ochre_tui.commands.frame import Where, as_json, in_migration, print_json, show_error
from ochre_tui.commands.token import find_token
from ochre_tui.errors import CredentialError
from ochre_tui.migration import connection
from ochre_tui.migration.token import keep
from ochre_tui.state.store import Store
from ochre_tui.text import clean_line


@click.command()
@in_migration
@click.option("--token-stdin", is_flag=True, help="Read the Intercom token from standard input.")
@click.option("--token-file", type=click.Path(path_type=Path), help="Read it from a private file (mode 0600).")
@click.option("--keep-token", is_flag=True, help="Keep the token in this system's keyring.")
@as_json
def connect(where: Where, *, token_stdin: bool, token_file: Path | None, keep_token: bool, to_json: bool) -> None:
    """Connect to Intercom: check the token and its permissions, and pin the workspace.

    The token comes from --token-stdin, --token-file, OCHRE_TUI_INTERCOM_TOKEN, the keyring, or a prompt.
    """
    token = find_token(where.name, from_stdin=token_stdin, file=token_file)
    found = asyncio.run(connection.connect(token))
    place = where.created()
    with Store(place.state_db) as store:
        connection.pin(store, found.workspace)
    connection.open_target(place).close()
    if to_json:
        print_json({"workspace": asdict(found.workspace), "scopes": found.scopes, "target": {"kind": "embedded"}})
    else:
        _show(found)
    if keep_token:
        problem = keep(where.name, token)
        click.echo(problem or "The token is kept in this system's keyring.", err=True)
    try:
        found.refuse_without_needed()
    except CredentialError as error:
        show_error(error)  # the one JSON document has been printed
        raise click.exceptions.Exit(error.exit_code) from error


def _show(found: connection.Connected) -> None:
    workspace = found.workspace
    click.echo(
        f"Connected to {clean_line(workspace.name)} ({clean_line(workspace.id_code)}), region {workspace.region}, "
        f"time zone {clean_line(workspace.timezone)}."
    )
    for name, state in found.scopes.items():
        mark = click.style("ok     ", fg="green") if state == "ok" else click.style("missing", fg="yellow")
        click.echo(f"  {mark}  {name}")
    click.echo("Next: `ochre-tui team import FILE.csv` for the people in Ochre, then `ochre-tui scan`.")
