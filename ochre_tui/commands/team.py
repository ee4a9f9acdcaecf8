"""`team` and `field`: what an embedded workspace has before the import."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import click

from ochre_tui.commands.credentials import open_target
from ochre_tui.commands.frame import as_json, in_migration, in_new_migration, print_json, show_table
from ochre_tui.migration.session import Session
from ochre_tui.ochre.embedded.administration import ROLES, add_field, add_user, import_csv
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.records import CustomField, FieldType, Scope, User

_USER_KEYS = ("id", "email", "name", "role", "state")


@click.group()
def team() -> None:
    """The Ochre users that Intercom's admins can be matched to."""


@team.command()
@in_new_migration
@click.argument("email")
@click.option("--name", "full_name", help="The person's name.")
@click.option("--role", type=click.Choice(ROLES), help="What they may do; a new user is an agent.")
def add(session: Session, *, email: str, full_name: str | None, role: str | None) -> None:
    """Add a user, or update the one with this e-mail."""
    with _made(session) as workspace:
        _show_users([add_user(workspace, email, full_name, role)])


@team.command("import")
@in_new_migration
@click.argument("file", type=click.Path(path_type=Path))
def import_(session: Session, *, file: Path) -> None:
    """Add or update the users in a CSV file with the header email,name,role."""
    with _made(session) as workspace:
        _show_users(import_csv(workspace, file))


@team.command("list")
@in_migration
@as_json
def list_users(session: Session, *, to_json: bool) -> None:
    """List the users."""
    with open_target(session) as workspace:
        users = workspace.users()
    if to_json:
        print_json([{key: value for key, value in asdict(user).items() if key in _USER_KEYS} for user in users])
    else:
        _show_users(users)


@click.group()
def field() -> None:
    """Custom fields that Intercom's attributes can be mapped to."""


@field.command("add")
@in_new_migration
@click.argument("scope", type=click.Choice(get_args(Scope)))
@click.argument("key")
@click.option("--type", "kind", type=click.Choice(get_args(FieldType)), required=True, help="What it holds.")
@click.option("--label", help="How it is called in Ochre; its key if left out.")
@click.option("--option", "options", multiple=True, help="A choice of a select field; give one for each.")
def add_custom_field(
    session: Session, *, scope: Scope, key: str, kind: FieldType, label: str | None, options: tuple[str, ...]
) -> None:
    """Add a custom field, or update the one with this key."""
    with _made(session) as workspace:
        _show_fields([add_field(workspace, scope, key, kind, label, options)])


@field.command("list")
@in_migration
@as_json
def list_fields(session: Session, *, to_json: bool) -> None:
    """List the custom fields."""
    with open_target(session) as workspace:
        fields = workspace.custom_fields()
    if to_json:
        print_json([asdict(field) for field in fields])
    else:
        _show_fields(fields)


def _made(session: Session) -> AbstractContextManager[EmbeddedWorkspace]:
    session.create()
    return session.embedded("Add them in Ochre itself; `team list` and `field list` then show them.")


def _show_users(users: Sequence[User]) -> None:
    show_table(("E-mail", "Name", "Role", "State"), [(user.email, user.name, user.role, user.state) for user in users])


def _show_fields(fields: Sequence[CustomField]) -> None:
    rows = [(field.scope, field.key, field.type, field.label, ", ".join(field.options)) for field in fields]
    show_table(("Scope", "Key", "Type", "Label", "Options"), rows)
