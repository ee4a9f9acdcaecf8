"""`connect`: whose token it is, and what it may do."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path

import click

from ochre_tui.commands.frame import Where, as_json, in_migration, print_json, show_error
from ochre_tui.commands.token import find_token, prompted
from ochre_tui.errors import CredentialError
from ochre_tui.home import place
from ochre_tui.migration import connection
from ochre_tui.migration.status import read
from ochre_tui.migration.token import OCHRE, keep, known
from ochre_tui.secret import Secret
from ochre_tui.state.store import Store
from ochre_tui.text import clean_line


@click.command()
@in_migration
@click.option("--token-stdin", is_flag=True, help="Read the Intercom token from standard input.")
@click.option("--token-file", type=click.Path(path_type=Path), help="Read it from a private file (mode 0600).")
@click.option("--keep-token", is_flag=True, help="Keep the token in this system's keyring.")
@click.option("--ochre-url", envvar="OCHRE_TUI_OCHRE_URL", metavar="URL", help="Import into this Ochre server.")
@as_json
def connect(
    where: Where,
    *,
    token_stdin: bool,
    token_file: Path | None,
    keep_token: bool,
    ochre_url: str | None,
    to_json: bool,
) -> None:
    """Connect to Intercom: check the token and its permissions, and pin the workspace.

    The token comes from --token-stdin, --token-file, OCHRE_TUI_INTERCOM_TOKEN, the keyring, or a prompt; the one of an
    Ochre server from OCHRE_TUI_OCHRE_TOKEN, the keyring, or a prompt.
    """
    token = find_token(where.name, from_stdin=token_stdin, file=token_file)
    pinned = connection.pinned_server(place(where.home, where.name))
    server, ochre_token = _server(where.name, ochre_url or (pinned.url if pinned else None))
    found = asyncio.run(connection.connect(token))
    created = where.created()
    with Store(created.state_db) as store:
        if server:
            connection.pin_server(store, server)
        connection.pin(store, found.workspace)
        now = read(store, created)
    if server is None:
        connection.open_embedded(created).close()
    if to_json:
        print_json({"workspace": asdict(found.workspace), "scopes": found.scopes, "target": _target(server)})
    else:
        _show(found, server)
        if now.state == "paused" and now.pid is None:
            click.echo(
                "The import is paused: `ochre-tui run` goes on with it; it needs the token too, if none is kept."
            )
    if keep_token:
        problem = keep(where.name, token) or (keep(where.name, ochre_token, OCHRE) if ochre_token else None)
        click.echo(problem or "The token is kept in this system's keyring.", err=True)
    try:
        found.refuse_without_needed()
    except CredentialError as error:
        show_error(error)  # the one JSON document has been printed
        raise click.exceptions.Exit(error.exit_code) from error


def _server(migration: str, url: str | None) -> tuple[connection.OchreServer | None, Secret | None]:
    """The Ochre server at `url` and the token for it; neither where there is none."""
    if url is None:
        return None, None
    token = known(migration, OCHRE) or prompted(OCHRE)
    if token is None:
        raise CredentialError("No token for Ochre was given.", advice=f"Set {OCHRE.environment}.")
    return connection.ask_server(url, token), token


def _target(server: connection.OchreServer | None) -> dict[str, str]:
    return {"kind": "http", **asdict(server)} if server else {"kind": "embedded"}


def _show(found: connection.Connected, server: connection.OchreServer | None) -> None:
    workspace = found.workspace
    click.echo(
        f"Connected to {clean_line(workspace.name)} ({clean_line(workspace.id_code)}), region {workspace.region}, "
        f"time zone {clean_line(workspace.timezone)}."
    )
    for name, state in found.scopes.items():
        mark = click.style("ok     ", fg="green") if state == "ok" else click.style("missing", fg="yellow")
        click.echo(f"  {mark}  {name}")
    if server is None:
        click.echo("Next: `ochre-tui team import FILE.csv` for the people in Ochre, then `ochre-tui scan`.")
    else:
        click.echo(f"It goes into {clean_line(server.name)} at {clean_line(server.url)}. Next: `ochre-tui scan`.")
