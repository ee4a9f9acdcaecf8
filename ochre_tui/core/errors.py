"""The one exception tree: what happened, what it means for the data, what to do next."""

from __future__ import annotations

from typing import ClassVar


class OchreTuiError(Exception):
    """A failure the operator can act on.

    The engine raises it; the commands and the app show it. `exit_code` is the contract's.
    """

    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False

    def __init__(self, title: str, *, meaning: str = "Nothing was changed.", advice: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.meaning = meaning
        self.advice = advice


class UsageError(OchreTuiError):
    """The command was given something it can't work with."""

    exit_code = 2


class CredentialError(OchreTuiError):
    """A token is missing, dead, or lacks a permission; the run pauses until there is a better one."""

    exit_code = 4


class UnreachableError(OchreTuiError):
    """A side can't be reached; what is done stays done and running again goes on."""

    exit_code = 5
    retryable = True


class DiskFullError(OchreTuiError):
    """No room left for the store, the workspace or the attachments."""

    exit_code = 5
    retryable = True


class MigrationHeldError(OchreTuiError):
    """Another process works on this migration."""

    exit_code = 6


class StoreError(OchreTuiError):
    """`state.db` or `workspace.db` is damaged or was made by a newer version."""


class RecordError(OchreTuiError):
    """One record can't be read, converted or written: it goes to quarantine with this title as its reason."""


class AuditError(OchreTuiError):
    """The audit log is not as it was written."""

    exit_code = 8
