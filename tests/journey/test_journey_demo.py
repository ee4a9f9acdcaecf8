"""`demo` without a terminal: the whole way as commands, and what it leaves behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ochre_tui.core.paths import existing
from tests.support.command_line import bare_environment


def demo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ochre_tui", *words],
        env={**bare_environment(), "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_step_is_gone_through_and_nothing_is_left(tmp_path: Path) -> None:
    ran = demo(tmp_path, "demo", "--conversations", "30")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    steps = [line.split()[2] for line in ran.stdout.splitlines() if line.startswith("$ ochre-tui ")]
    assert steps == ["connect", "team", "scan", "plan", "run", "verify", "run", "search", "export", "list"]
    assert "Its folder is deleted" in ran.stdout
    assert list(tmp_path.iterdir()) == []


def test_its_folder_is_kept_where_one_is_named(tmp_path: Path) -> None:
    home = tmp_path / "kept"
    ran = demo(tmp_path, "--home", str(home), "demo", "--headless", "--conversations", "30")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"It is kept in {home}." in ran.stdout
    assert existing(home, "default").state_db.exists()
    assert (home / "export.zip").exists()
