"""`serve` as a command: where it listens, and the password that another host than this machine asks for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from ochre_tui.core.paths import MigrationPaths
from ochre_tui.store.store import Store
from tests.support.filled_workspace import fill

PATIENCE_S = 60


@pytest.fixture
def home(tmp_path: Path) -> Path:
    paths = MigrationPaths("default", tmp_path / "home" / "default")
    paths.create()
    Store(paths.state_db).close()
    fill(paths.workspace)
    return tmp_path / "home"


@contextmanager
def serving(home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "ochre_tui", "serve", "--port", "0", *arguments],
        env={**os.environ, "OCHRE_TUI_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_this_machine_needs_no_password(home: Path) -> None:
    with serving(home, "--json") as process:
        told = json.loads(first_line(process))
        assert set(told) == {"url", "import_api"}
        assert "Order 1234 is late" in httpx.get(told["url"], trust_env=False).text


def test_another_host_asks_for_the_password_that_it_printed(home: Path) -> None:
    with serving(home, "--json", "--host", "0.0.0.0") as process:
        told = json.loads(first_line(process))
        here = f"http://127.0.0.1:{urlsplit(told['url']).port}"
        assert httpx.get(here, trust_env=False).status_code == 401
        assert httpx.get(here, auth=("any", "wrong"), trust_env=False).status_code == 401
        assert "Order 1234 is late" in httpx.get(here, auth=("any", told["password"]), trust_env=False).text
        assert len(told["password"]) >= 20
    with serving(home, "--host", "0.0.0.0") as process:
        lines = [first_line(process) for _ in range(4)]
    assert "Pages ask for a password" in lines[1]
    assert "Nothing is encrypted" in lines[2]
    assert told["password"] not in "".join(lines)


def test_who_made_and_revoked_a_token_stands_in_the_audit_log(home: Path) -> None:
    def said(*words: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", "ochre_tui", *words],
            env={**os.environ, "OCHRE_TUI_HOME": str(home)}, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return ran.stdout

    token = said("serve", "token", "add", "--role", "agent", "--label", "from\x1b[31m acme").strip()
    said("serve", "token", "revoke", "1")
    entries = json.loads(said("audit", "list", "--json"))
    assert [(entry["what"], entry["facts"]["id"], entry["facts"]["role"]) for entry in entries] == [
        ("token add", 1, "agent"),
        ("token revoke", 1, "agent"),
    ]
    assert all("acme" in entry["facts"]["label"] and entry["who"] for entry in entries)
    written = (home / "default" / "logs" / "audit.jsonl").read_text()
    assert token not in written
    assert "\x1b" not in written
    assert said("audit", "verify", "--json")
