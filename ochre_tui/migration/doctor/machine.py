"""This machine alone: Python, SQLite, terminal, home folder, keyring, certificates, and what guards secrets."""

from __future__ import annotations

import os
import platform
import resource
import sqlite3
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from ochre_tui.core import files
from ochre_tui.core.errors import OchreTuiError, UsageError
from ochre_tui.core.network import CA_BUNDLE, PROXY, proxy, tls_context
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.process import ROOT
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import size
from ochre_tui.migration.credentials import keyring_backend

_OLDEST_PYTHON = (3, 11)
_SMALLEST_TERMINAL = (80, 24)
_COMMANDS_WORK = "The app needs it; the commands work without."


def machine(paths: MigrationPaths) -> Iterator[Fit]:
    """Every check that asks nobody else; nothing is made or changed."""
    yield python()
    yield sqlite()
    yield terminal(os.environ)
    yield home(paths)
    yield keyring()
    yield tls()
    yield core_dumps()
    yield user()


def python() -> Fit:
    detail = f"{platform.python_version()}, {platform.system()} {platform.machine()}"
    ok = sys.version_info >= _OLDEST_PYTHON and sys.platform == "linux"
    return Fit("python", ok, detail, "" if ok else "Use Python 3.11 or newer on Linux.")


def sqlite() -> Fit:
    """With FTS5 and its trigrams, which the customer search is made with."""
    try:
        with closing(sqlite3.connect(":memory:")) as conn:
            conn.execute("CREATE VIRTUAL TABLE words USING fts5 (word, tokenize = 'trigram')")
    except sqlite3.Error as error:
        advice = "Use a Python whose SQLite is 3.34 or newer and has FTS5."
        return Fit("sqlite", False, f"{sqlite3.sqlite_version}, {clean_line(str(error), 80)}", advice)
    return Fit("sqlite", True, f"{sqlite3.sqlite_version} with FTS5 and trigrams")


def terminal(environment: Mapping[str, str]) -> Fit:
    """What the app would be drawn on."""
    if not sys.__stderr__ or not sys.__stderr__.isatty():
        return Fit("terminal", True, "none", _COMMANDS_WORK)
    name = environment.get("TERM", "")
    found = os.get_terminal_size(sys.__stderr__.fileno())
    encoding = sys.__stderr__.encoding.lower().replace("-", "")
    facts = [clean_line(name, 40) or "TERM not set", f"{found.columns}x{found.lines}", _colours(environment)]
    facts.append("UTF-8" if encoding == "utf8" else f"{encoding}: plain frames")
    advice = ""
    if name in {"", "dumb"}:
        advice = "Set TERM to what the terminal is, such as xterm-256color."
    elif found.columns < _SMALLEST_TERMINAL[0] or found.lines < _SMALLEST_TERMINAL[1]:
        advice = "Make the window at least 80 columns wide and 24 lines high."
    return Fit("terminal", not advice, ", ".join(facts), advice and f"{advice} {_COMMANDS_WORK}")


def _colours(environment: Mapping[str, str]) -> str:
    if environment.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if environment.get("COLORTERM") in {"truecolor", "24bit"}:
        return "16 million colours"
    return "256 colours" if "256" in environment.get("TERM", "") else "few colours"


def home(paths: MigrationPaths) -> Fit:
    """Where migrations are kept: whose it is, who else may use it, and how much room there is."""
    folder = paths.folder.parent
    try:
        there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
        found = there.stat()
        room, short = files.free(there), files.free(there) < files.reserve(there)
        paths.refuse_unsafe()
    except (OSError, UsageError) as error:
        title, advice = (error.title, error.advice) if isinstance(error, UsageError) else (str(error), "")
        return Fit("home", False, clean_line(title), clean_line(advice) or "Name another folder with --home.")
    mode = stat.S_IMODE(found.st_mode)
    what = f"{folder}, mode {mode:04o}" if there == folder else f"{folder}, made when it is needed"
    detail = clean_line(f"{what}, {size(room)} free", 300)
    if not os.access(there, os.W_OK | os.X_OK):
        return Fit("home", False, f"{detail}, not writable", "Name a folder you can write to with --home.")
    if there == folder and found.st_uid != os.getuid():
        return Fit("home", False, f"{detail}, of another user", "Work as that user, or name another with --home.")
    if short:
        return Fit("home", False, detail, "Free some room: an import pauses where so little is left.")
    if there == folder and mode & 0o022:
        return Fit("home", False, f"{detail}, others may write", f"Close it: chmod go-w {clean_line(str(folder))}")
    return Fit("home", True, detail)


def keyring() -> Fit:
    """Whether a token can be kept; it need not be."""
    try:
        return Fit("keyring", True, keyring_backend.trusted())
    except keyring_backend.Unusable as reason:
        detail = f"none: {clean_line(str(reason), 300)}"
        return Fit("keyring", True, detail, "Give tokens by the environment, a file or a prompt.")


def tls() -> Fit:
    """Whose certificates are believed, and through which proxy it goes."""
    try:
        number = len(tls_context().get_ca_certs())
        through = proxy()
    except OchreTuiError as error:
        return Fit("tls", False, clean_line(error.title, 300), clean_line(error.advice))
    bundle = os.environ.get(CA_BUNDLE)
    authorities = f"{number:,} authorities of {clean_line(bundle)}" if bundle else f"{number:,} authorities of Mozilla"
    if not number:
        return Fit("tls", False, authorities, f"Name a file with certificates in {CA_BUNDLE}.")
    return Fit("tls", True, f"{authorities}, through {clean_line(through)} ({PROXY})" if through else authorities)


def core_dumps() -> Fit:
    """As this process has it, which sees to it at its start."""
    soft, _ = resource.getrlimit(resource.RLIMIT_CORE)
    if soft == 0:
        return Fit("core dumps", True, "off")
    return Fit("core dumps", False, "on: a crash may leave tokens on the disk", "Set `ulimit -c 0`.")


def user() -> Fit:
    """Root is warned."""
    root = os.geteuid() == 0
    return Fit("user", True, f"number {os.geteuid()}{' (root)' if root else ''}", ROOT if root else "")


@dataclass(frozen=True, slots=True)
class Fit:
    """`ok` is false for what keeps a migration from working or puts it in danger; `advice` may be given anyway."""

    check: str
    ok: bool
    detail: str
    advice: str = ""
