"""What is loaded when: no screen in the engine, and nothing heavy where one only looks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ochre_tui.core.paths import migration_paths
from ochre_tui.store.store import Store

_ALL = """
import importlib, json, pkgutil, sys
import ochre_tui
for package in ("intercom", "ochre", "migration", "store", "sandbox", "commands"):
    parent = importlib.import_module(f"ochre_tui.{package}")
    for module in pkgutil.walk_packages(parent.__path__, f"{parent.__name__}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
import ochre_tui.cli
print(json.dumps(sorted(sys.modules)))
"""
_ONE = """
import json, sys
from ochre_tui.cli import main
try:
    main()
except SystemExit as ended:
    assert ended.code == 0, ended.code
print("\\n" + json.dumps(sorted(sys.modules)))
"""


def loaded(program: str, home: Path, *words: str) -> set[str]:
    """The modules that are there at the end of the program."""
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "OCHRE_TUI_HOME": str(home)},
    )
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return set(found)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    found = migration_paths(tmp_path, "default")
    found.create()
    Store(found.state_db).close()
    return tmp_path


def test_the_engine_and_the_commands_do_without_textual(tmp_path: Path) -> None:
    modules = loaded(_ALL, tmp_path)
    assert "ochre_tui.migration.importer.run" in modules
    assert "ochre_tui.commands.run" in modules
    assert not {name for name in modules if name.partition(".")[0] == "textual"}


HEAVY = {
    "aiohttp",
    "anyio",
    "asyncio",
    "httpx",
    "keyring",
    "nh3",
    "platformdirs",
    "pydantic",
    "pydantic_core",
    "rich",
    "selectolax",
    "sqlite_utils",
    "starlette",
    "textual",
    "tomlkit",
    "uvicorn",
    "uvloop",
}


@pytest.mark.parametrize("words", [["status"], ["status", "--json"], ["list", "--json"], ["--help"]], ids=" ".join)
def test_looking_on_loads_nothing_heavy(home: Path, words: list[str]) -> None:
    modules = loaded(_ONE, home, *words)
    assert "click" in modules
    assert not HEAVY & modules
