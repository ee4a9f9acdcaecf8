"""A program that prints the token: pass, vault, a password manager."""

from __future__ import annotations

import os
import selectors
import shlex
import subprocess
import time

from ochre_tui.core.errors import CredentialError, UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.migration.credentials.passphrase import ENVIRONMENT as PASSPHRASE

PATIENCE_S = 60.0
_MOST_BYTES = 10_000


def printed(command: str, *, what: str = "token", patience_s: float = PATIENCE_S) -> str:
    """The first line that `command` prints, which is `what`; it is run without a shell, and has nothing of our secrets.

    Raises UsageError where it can't be run, CredentialError where it fails or takes too long.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--{what}-command can't be read: {error}.", advice="Close every quote.") from error
    if not words:
        raise UsageError(
            f"--{what}-command names no program.", advice=f"For example --{what}-command 'pass show intercom'."
        )
    try:
        process = subprocess.Popen(  # noqa: S603 - what it runs is the operator's own choice
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment()
        )
    except OSError as error:
        raise UsageError(
            f"{clean_line(words[0])} can't be run: {error.strerror}.",
            advice=f"--{what}-command is run without a shell: name a program and its arguments.",
        ) from error
    with process:
        try:
            out, err = _read(process, time.monotonic() + patience_s)
        finally:
            if process.poll() is None:
                process.kill()
    if process.returncode:
        said = clean_line(err.decode("utf-8", "replace"))
        raise CredentialError(
            f"{clean_line(words[0])} ended with {process.returncode} and gave no {what}.",
            advice=f"It said: {said}" if said else "It said nothing on standard error.",
        )
    return out.decode("utf-8", "replace").strip().partition("\n")[0]


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not _is_secret(key)}


def _is_secret(key: str) -> bool:
    return key == PASSPHRASE or (key.startswith("OCHRE_TUI_") and "TOKEN" in key)


def _read(process: subprocess.Popen[bytes], until: float) -> tuple[bytes, bytes]:
    """What it prints on both of its outputs, up to its end."""
    assert process.stdout is not None
    assert process.stderr is not None
    said = {process.stdout: b"", process.stderr: b""}
    with selectors.DefaultSelector() as selector:
        for pipe in said:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select(max(0.0, until - time.monotonic())):
                pipe = process.stdout if key.fileobj is process.stdout else process.stderr
                more = os.read(pipe.fileno(), 65536)
                said[pipe] = (said[pipe] + more)[:_MOST_BYTES]
                if not more:
                    selector.unregister(pipe)
            if time.monotonic() > until:
                raise _late()
    try:
        process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise _late() from None
    return said[process.stdout], said[process.stderr]


def _late() -> CredentialError:
    return CredentialError("The command did not end in time.", advice="Does it wait for somebody to type something?")
