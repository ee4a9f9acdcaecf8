"""The one exception tree: what happened, what it means for the data, what to do next."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What a command ends with, as the contract has it."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    OUTSTANDING = 3
    """Done, but records are quarantined or attachments missing."""
    CREDENTIALS = 4
    UNREACHABLE = 5
    """A side can't be reached, or the disk is full."""
    HELD = 6
    STOPPED = 7
    """Stopped on request; a run resumes."""
    DIFFERENCES = 8
    NOT_FOUND = 9
    INTERRUPTED = 130


class OchreTuiError(Exception):
    """A failure the operator can act on.

    The engine raises it; the commands and the app show it. `exit_code` is the contract's.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED
    retryable: ClassVar[bool] = False

    def __init__(self, title: str, *, meaning: str = "Nothing was changed.", advice: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.meaning = meaning
        self.advice = advice


class UsageError(OchreTuiError):
    """The command was given something it can't work with."""

    exit_code = ExitCode.USAGE


class CredentialError(OchreTuiError):
    """A token is missing, dead, or lacks a permission; the run pauses until there is a better one."""

    exit_code = ExitCode.CREDENTIALS


class UnreachableError(OchreTuiError):
    """A side can't be reached; what is done stays done and running again goes on."""

    exit_code = ExitCode.UNREACHABLE
    retryable = True


class DiskFullError(OchreTuiError):
    """No room left for the store, the workspace or the attachments."""

    exit_code = ExitCode.UNREACHABLE
    retryable = True


class MigrationHeldError(OchreTuiError):
    """Another process works on this migration."""

    exit_code = ExitCode.HELD


class StoreError(OchreTuiError):
    """`state.db` or `workspace.db` is damaged or was made by a newer version."""


class RecordError(OchreTuiError):
    """One record can't be read, converted or written: it goes to quarantine with this title as its reason."""


class AuditError(OchreTuiError):
    """The audit log is not as it was written."""

    exit_code = ExitCode.DIFFERENCES
