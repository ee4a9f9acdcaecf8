"""An import in a process of its own that no terminal holds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ochre_tui.core.paths import MigrationPaths
from ochre_tui.migration.credentials import passphrase
from ochre_tui.migration.credentials.tokens import INTERCOM, OCHRE
from ochre_tui.migration.destination import pinned_server
from ochre_tui.migration.importer.signals import open_log
from ochre_tui.migration.session import Session
from ochre_tui.store import runs
from ochre_tui.store.lease import holder
from ochre_tui.store.store import Store

HANDED_OVER = "--handed-over"
"""The option by which the process reads its secrets from standard input."""
_SECRET = {INTERCOM.environment, OCHRE.environment, passphrase.ENVIRONMENT}
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Detached:
    """A process that has begun to import; or that has ended already, with `exit` and its `output`."""

    pid: int
    exit: int | None = None
    output: str = ""


def start_detached(session: Session, *, plan: Path | None = None, limit: int | None = None) -> Detached:
    """Start it and wait until it has begun, or ended.

    The tokens and the passphrase go through a pipe: not by way of a file, an argument or the environment.
    """
    paths = session.paths
    ochre = session.known_token(OCHRE) if pinned_server(paths) else None
    tokens = (session.token(INTERCOM), ochre.token if ochre else None)
    phrase = passphrase.known(paths.name) if passphrase.encrypted(paths) else None
    folder = paths.folder.absolute()
    command = [sys.executable, "-P", "-m", "ochre_tui", "--home", str(folder.parent), "run", "-m", paths.name]
    command += [
        HANDED_OVER,
        *(["--plan", str(plan.absolute())] if plan else []),
        *(["--limit", str(limit)] if limit is not None else []),
    ]
    log = open_log(paths)
    began_at = os.fstat(log).st_size
    try:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=folder,
            env={key: value for key, value in os.environ.items() if key not in _SECRET},
            start_new_session=True,
        )
    finally:
        os.close(log)
    assert process.stdin is not None
    with process.stdin as pipe:
        secrets = [secret.unwrap() if secret else "" for secret in tokens]
        pipe.write("\n".join([*secrets, passphrase.spelled(phrase) if phrase else "", ""]).encode("ascii"))
    while process.poll() is None:
        if _has_begun(paths, process.pid):
            return Detached(process.pid)
        time.sleep(_LOOK_S)
    return Detached(process.pid, process.returncode, _output_since(paths, began_at))


def _has_begun(paths: MigrationPaths, pid: int) -> bool:
    at_work = holder(paths.lock)
    if at_work is None or at_work.pid != pid:
        return False
    with Store(paths.state_db) as store:
        run = runs.latest(store.conn)
    return run is not None and run.pid == pid and run.ended_at is None


def _output_since(paths: MigrationPaths, began_at: int) -> str:
    with paths.run_log.open("rb") as log:
        log.seek(began_at)
        return log.read().decode("utf-8", "replace")
