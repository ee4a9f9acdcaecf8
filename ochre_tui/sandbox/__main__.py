"""`python -m ochre_tui.sandbox`."""

from __future__ import annotations

from ochre_tui.sandbox.command import sandbox

sandbox(prog_name="python -m ochre_tui.sandbox")
