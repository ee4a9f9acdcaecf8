"""The migration's Ochre workspace, for commands: asks for a token where there is a terminal."""

from __future__ import annotations

from ochre_tui.commands.credentials import prompted
from ochre_tui.core.paths import Place
from ochre_tui.migration import connection
from ochre_tui.migration.credentials import tokens
from ochre_tui.ochre.target import Target


def open_target(place: Place) -> Target:
    """The workspace; a token that it needs and nobody has given yet is asked for."""
    need_token(place)
    return connection.open_target(place)


def need_token(place: Place) -> None:
    """Ask for Ochre's token once in this process, where the migration needs one and there is a terminal."""
    if connection.pinned_server(place) is None or tokens.known(place.name, tokens.OCHRE):
        return
    if entered := prompted(tokens.OCHRE):
        tokens.remember(place.name, entered, tokens.OCHRE)
