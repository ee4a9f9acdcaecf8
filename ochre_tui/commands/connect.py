"""`connect`: whose token it is, and what it may do."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

import click

from ochre_tui.commands.credentials import (
    PassphraseSource,
    TokenSource,
    given_passphrase,
    new_passphrase,
    prompted,
    take_token,
    takes_passphrase,
    takes_token,
)
from ochre_tui.commands.frame import as_json, in_new_migration, print_json, show_error
from ochre_tui.core.encryption import UNRECOVERABLE
from ochre_tui.core.errors import CredentialError
from ochre_tui.core.paths import existing
from ochre_tui.core.process import warn_root
from ochre_tui.core.secret import Secret
from ochre_tui.core.text import clean_line
from ochre_tui.migration import connection, destination
from ochre_tui.migration.credentials.passphrase import ENVIRONMENT
from ochre_tui.migration.credentials.tokens import OCHRE
from ochre_tui.migration.session import Session
from ochre_tui.migration.status import read

_WRITING = (
    "Intercom does not tell whether a token may also write. ochre-tui only reads: give the app the permissions above"
    " and no others."
)


@click.command()
@in_new_migration
@takes_token
@takes_passphrase
@click.option("--encrypt", is_flag=True, help="Encrypt archive and attachments with a passphrase; before any import.")
@click.option("--keep-token", is_flag=True, help="Keep the token, and the passphrase, in this system's keyring.")
@click.option("--ochre-url", envvar="OCHRE_TUI_OCHRE_URL", metavar="URL", help="Import into this Ochre server.")
@click.option("--forget", is_flag=True, help="Only take the kept tokens out of the keyring.")
@click.option("--check-revoked", is_flag=True, help="Only check that Intercom accepts the token no more.")
@as_json
def connect(
    session: Session,
    *,
    source: TokenSource,
    passphrase: PassphraseSource,
    encrypt: bool,
    keep_token: bool,
    ochre_url: str | None,
    forget: bool,
    check_revoked: bool,
    to_json: bool,
) -> None:
    """Connect to Intercom: check the token and its permissions, and pin the workspace.

    The token comes from --token-stdin, --token-file, --token-command, OCHRE_TUI_INTERCOM_TOKEN, the keyring, or a
    prompt; the one of an Ochre server from OCHRE_TUI_OCHRE_TOKEN, the keyring, or a prompt. The passphrase comes from
    --passphrase-file, --passphrase-command, OCHRE_TUI_PASSPHRASE, the keyring, or a prompt.
    """
    if forget:
        _forget(session, to_json=to_json)
        return
    warn_root()
    words = _passphrase(session, passphrase) if encrypt else None
    token = take_token(session, source)
    if check_revoked:
        _check_revoked(session, token, to_json=to_json)
        return
    server = _server(session, ochre_url)
    found = connection.connect(session, token, server=server, words=words)
    with session.store() as store:
        now = read(store, session.paths)
    if server is None:
        destination.open_embedded(session.paths).close()
    if to_json:
        print_json({"workspace": asdict(found.workspace), "scopes": found.scopes, "target": _target(server)})
    else:
        _show(found, server)
        if now.state == "paused" and now.pid is None:
            click.echo(
                "The import is paused: `ochre-tui run` goes on with it; it needs the token too, if none is kept."
            )
    if found.another_token:
        click.echo("This is another token than last time.", err=True)
    if words:
        click.echo("The archive and the attachments are encrypted.", err=True)
        if server is None:
            click.echo("workspace.db, which people read, is not: put it on an encrypted disk.", err=True)
    if keep_token:
        click.echo(connection.keep(session) or "The token is kept in this system's keyring.", err=True)
    try:
        found.refuse_without_needed()
    except CredentialError as error:
        show_error(error)  # the one JSON document has been printed
        raise click.exceptions.Exit(error.exit_code) from error


def _passphrase(session: Session, source: PassphraseSource) -> Secret:
    """The passphrase to encrypt with; where it is typed, twice, and after what losing it means."""
    click.echo(UNRECOVERABLE, err=True)
    found = given_passphrase(session, source) or new_passphrase()
    if found is None:
        raise CredentialError(
            "No passphrase was given to encrypt with.",
            advice=f"Set {ENVIRONMENT}, or give it with --passphrase-file or --passphrase-command.",
        )
    return found


def _forget(session: Session, *, to_json: bool) -> None:
    existing(session.paths.home, session.paths.name)
    forgotten = connection.forget(session)
    if to_json:
        print_json({"forgotten": forgotten})
    else:
        click.echo("The keyring has forgotten the token." if forgotten else "The keyring has no token of this one.")


def _check_revoked(session: Session, token: Secret, *, to_json: bool) -> None:
    existing(session.paths.home, session.paths.name)
    with session.store() as store:
        url = connection.pinned(store).base_url
    revoked = asyncio.run(connection.is_revoked(token, url))
    if to_json:
        print_json({"revoked": revoked})
    elif revoked:
        click.echo("Intercom accepts this token no more.")
    if not revoked:
        raise CredentialError(
            "Intercom still accepts this token.",
            advice="Revoke it in Intercom: Settings, Developers, your app, Authentication. Then check again.",
        )


def _server(session: Session, url: str | None) -> destination.OchreServer | None:
    """The Ochre server at `url`, else the one that is pinned; None where there is none. Its token is asked for."""
    pinned = destination.pinned_server(session.paths)
    url = url or (pinned.url if pinned else None)
    if url is None:
        return None
    known = session.known_token(OCHRE)
    token = known.token if known else prompted(OCHRE)
    if token is None:
        raise CredentialError("No token for Ochre was given.", advice=f"Set {OCHRE.environment}.")
    session.remember_token(OCHRE, token)
    return destination.ask_server(url, token)


def _target(server: destination.OchreServer | None) -> dict[str, str]:
    return {"kind": "http", **asdict(server)} if server else {"kind": "embedded"}


def _show(found: connection.Connected, server: destination.OchreServer | None) -> None:
    workspace = found.workspace
    click.echo(
        f"Connected to {clean_line(workspace.name)} ({clean_line(workspace.id_code)}), region {workspace.region}, "
        f"time zone {clean_line(workspace.timezone)}."
    )
    for name, state in found.scopes.items():
        mark = click.style("ok     ", fg="green") if state == "ok" else click.style("missing", fg="yellow")
        click.echo(f"  {mark}  {name}")
    click.echo(_WRITING)
    if server is None:
        click.echo("Next: `ochre-tui team import FILE.csv` for the people in Ochre, then `ochre-tui scan`.")
    else:
        click.echo(f"It goes into {clean_line(server.name)} at {clean_line(server.url)}. Next: `ochre-tui scan`.")
