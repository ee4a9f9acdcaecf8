"""The made-up Intercom workspace that the sandbox serves."""

from ochre_tui.sandbox.world.index import IndexRow
from ochre_tui.sandbox.world.world import World

__all__ = ["IndexRow", "World"]
