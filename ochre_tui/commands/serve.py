"""`serve`: the embedded workspace in a browser and over HTTP."""

from __future__ import annotations

import secrets
import sys
from typing import get_args

import click
from click.core import ParameterSource

from ochre_tui.commands.credentials import PassphraseSource, takes_passphrase, unlock
from ochre_tui.commands.frame import as_json, in_migration, in_new_migration, print_json, show_table
from ochre_tui.core.errors import UsageError
from ochre_tui.core.log import log_failure
from ochre_tui.core.network import is_loopback
from ochre_tui.core.paths import existing
from ochre_tui.core.secret import Secret
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import timestamp
from ochre_tui.migration import api_tokens
from ochre_tui.migration.session import Session
from ochre_tui.ochre.records import Role

_PASSWORD_BYTES = 15


@click.group(invoke_without_command=True)
@in_new_migration
@takes_passphrase
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Where to listen; another than this machine alone asks for a password.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8320, show_default=True, help="0 takes any free one.")
@as_json
@click.pass_context
def serve(
    context: click.Context,
    session: Session,
    *,
    passphrase: PassphraseSource,
    host: str,
    port: int,
    to_json: bool,
) -> None:
    """Serve the embedded Ochre workspace until interrupted: pages for a browser, and the import API (/import/v1)."""
    if context.invoked_subcommand is not None:
        _refuse_options_before_subcommand(context)
        return
    from ochre_tui.server.app import create_app  # here, as the commands on tokens do without a server
    from ochre_tui.server.serving import Server, bound, url_of

    paths = existing(session.paths.home, session.paths.name)
    password = None if is_loopback(host) else Secret(secrets.token_urlsafe(_PASSWORD_BYTES))
    with session.embedded(api_tokens.ON_A_SERVER):
        unlock(session, passphrase)
    try:
        listening = bound(host, port)
    except OSError as error:
        raise UsageError(
            f"Port {port} of {clean_line(host)} can't be listened on: {error.strerror}.",
            advice="Name another with --port; 0 takes any free one.",
        ) from error
    url = url_of(listening)

    def started() -> None:
        told = {"url": url, "import_api": f"{url}/import/v1"}
        if password:
            told["password"] = password.unwrap()
        if to_json:
            print_json(told)
        else:
            click.echo(f"Serving the workspace of {paths.name} at {url}; the import API is at {told['import_api']}.")
            if password:
                click.echo(f"Pages ask for a password, which is shown only now (any user name): {told['password']}")
                click.echo("Nothing is encrypted: whoever can listen on the way reads it all. An SSH tunnel is better.")
            click.echo("Make a token for the API with `ochre-tui serve token add`. Ctrl-C ends the server.")
        sys.stdout.flush()

    with listening:
        app = create_app(
            paths.workspace,
            clock=session.now,
            host=host,
            password=password,
            failed=lambda error: log_failure(paths, "ochre-tui serve", error),
        )
        Server(app, started).run(sockets=[listening])


def _refuse_options_before_subcommand(context: click.Context) -> None:
    given = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if given:
        raise click.UsageError(f"Options of `serve` mean nothing to `{context.invoked_subcommand}`: put -m behind it.")


@serve.group()
def token() -> None:
    """API tokens of the workspace: who may import into it."""


@token.command()
@in_migration
@click.option("--role", type=click.Choice(get_args(Role)), default="admin", show_default=True, help="What it may do.")
@click.option("--label", default="", help="What it is for.")
@as_json
def add(session: Session, *, role: Role, label: str, to_json: bool) -> None:
    """Make a token and print it, once: only its hash is kept."""
    made = api_tokens.add(session, role, label)
    if to_json:
        print_json({"token": made.unwrap(), "role": role})
        return
    click.echo("This is shown only now. Give it to the importing side as OCHRE_TUI_OCHRE_TOKEN.", err=True)
    click.echo(made.unwrap())


@token.command("list")
@in_migration
@as_json
def list_tokens(session: Session, *, to_json: bool) -> None:
    """List the tokens, without what nobody can know any more."""
    found = api_tokens.kept(session)
    if to_json:
        print_json(
            [{"id": one.id, "role": one.role, "label": one.label, "created_at": one.created_at} for one in found]
        )
    else:
        show_table(
            ("Id", "Role", "Made", "Label"), [(one.id, one.role, timestamp(one.created_at), one.label) for one in found]
        )


@token.command()
@in_migration
@click.argument("token_id", type=int)
def revoke(session: Session, *, token_id: int) -> None:
    """Make a token useless, by its number in the list."""
    api_tokens.revoke(session, token_id)
    click.echo("The token is not accepted any more.")
