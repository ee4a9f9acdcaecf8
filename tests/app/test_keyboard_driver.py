"""Keys on a real terminal, through the app's own driver."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.terminal import Terminal


@pytest.mark.parametrize(
    "escape", [b"\x1b", b"\x1b[27u"], ids=["the bare byte", "as terminals with the kitty protocol send it"]
)
def test_escape_closes_help_and_the_next_key_is_a_key_of_its_own(escape: bytes, tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OCHRE_TUI_")}
    command = [sys.executable, "-c", "from ochre_tui.cli import main; main()", "--home", str(tmp_path)]
    with Terminal(command, environment, 80, 24) as terminal:
        terminal.wait_for("How long it takes")
        terminal.press(b"?", "Help: Start", 20.0)
        terminal.press(escape, "How long it takes", 20.0)
        terminal.press(b"\x1bOP", "Help: Start", 20.0)  # F1, a longer sequence
        terminal.press(escape, "How long it takes", 20.0)
