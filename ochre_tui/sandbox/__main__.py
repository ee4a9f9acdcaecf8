"""`python -m ochre_tui.sandbox`."""

from __future__ import annotations

from ochre_tui.commands.sandbox import sandbox

sandbox(prog_name="python -m ochre_tui.sandbox")
