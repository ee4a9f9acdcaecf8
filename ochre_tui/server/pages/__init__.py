"""The workspace in a browser: a module for each subject."""

from __future__ import annotations

from starlette.routing import BaseRoute

from ochre_tui.server.rooms import Rooms


def routes(rooms: Rooms) -> list[BaseRoute]:
    """The paths of all pages."""
    del rooms  # what their handlers read from
    return []
