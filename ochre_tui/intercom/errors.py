# ruff: noqa: N818 - these names say what happened; all of them are errors.
"""What can go wrong between us and Intercom."""

from __future__ import annotations

from ochre_tui.core.errors import CredentialError, OchreTuiError, RecordError, UnreachableError

_KEPT = "What is imported stays; run again to go on."


class IntercomUnavailable(UnreachableError):
    """Intercom as a whole gives no usable answer."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"Intercom does not answer: {detail}",
            meaning=_KEPT,
            advice="Check this machine's network and https://www.intercomstatus.com, then run the command again.",
        )
        self.detail = detail


class RecordUnavailable(RecordError):
    """One request keeps failing while others are answered."""

    retryable = True

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(
            f"Intercom can't deliver {path}: {detail}",
            meaning="Intercom answers other requests, so the trouble lies with this one.",
            advice="Try again later with `retry`.",
        )
        self.path = path


class NotFound(RecordError):
    """404: Intercom has no such record, or no longer."""

    def __init__(self, path: str) -> None:
        super().__init__(f"Intercom has no {path} (any more)", meaning="The record was deleted in Intercom.")
        self.path = path


class Gone(RecordError):
    """410: the contact was merged into another one, whose id is `canonical_id` where Intercom tells it."""

    def __init__(self, path: str, canonical_id: str | None) -> None:
        super().__init__(f"Intercom has merged {path} into {canonical_id or 'another record'}", meaning="")
        self.path = path
        self.canonical_id = canonical_id


class RequestRefused(RecordError):
    """Intercom understands the request and refuses it (400, 409, 422 and their like); `code` is Intercom's."""

    def __init__(self, path: str, status: int, code: str, message: str) -> None:
        super().__init__(
            f"Intercom refused {path}: {message or code or 'no reason given'} (HTTP {status})",
            meaning="Nothing was read with this request.",
        )
        self.path = path
        self.status = status
        self.code = code
        self.message = message


class ListingStuck(OchreTuiError):
    """A list repeats itself, so that its end can't be reached."""

    retryable = True

    def __init__(self, what: str) -> None:
        super().__init__(
            f"Intercom's list of {what} keeps repeating itself",
            meaning="The list could not be read to its end. " + _KEPT,
            advice="Run the command again; if it stays so, ask Intercom's support.",
        )


class ListingIncomplete(OchreTuiError):
    """Intercom shows only a part of a list."""

    retryable = True

    def __init__(self, what: str, read: int, total: int) -> None:
        super().__init__(
            f"Intercom lists only {read} of {total} {what}",
            meaning="All that could be listed was read; the others are found only where other records name them.",
            advice="Run again later, when no other program reads them.",
        )


class DeadToken(CredentialError):
    """The access token is wrong, revoked, expired or blocked."""

    def __init__(self, message: str = "") -> None:
        super().__init__(
            "Intercom does not accept the access token" + (f": {message}" if message else ""),
            meaning=_KEPT,
            advice="Copy the access token from Intercom's Developer Hub (your app, Authentication) and connect again. "
            "A token works only in its workspace's region: US, EU or AU.",
        )


class MissingScope(CredentialError):
    """The token works, but its app lacks a permission; `scope` is its name in the Developer Hub."""

    def __init__(self, path: str, scope: str, message: str = "") -> None:
        super().__init__(
            f"The access token lacks the permission “{scope}”",
            meaning=f"Intercom refuses {path}" + (f": {message}. " if message else ". ") + _KEPT,
            advice=f"In Intercom's Developer Hub open your app, Authentication, tick “{scope}”, save, then run again.",
        )
        self.path = path
        self.scope = scope


class PlanRestricted(CredentialError):
    """The workspace's Intercom subscription does not include this."""

    def __init__(self, path: str, message: str = "") -> None:
        super().__init__(
            f"The workspace's Intercom plan does not allow {path}" + (f": {message}" if message else ""),
            meaning=_KEPT,
            advice="Check the workspace's subscription in Intercom, then run again.",
        )
        self.path = path


class FileUnavailable(RecordError):
    """A file can't be downloaded.

    `permanent`: another try won't help. `expired`: the link is out of date; the record has a new one when read again.
    """

    def __init__(self, reason: str, *, permanent: bool = False, expired: bool = False) -> None:
        super().__init__(f"The file can't be downloaded: {reason}", meaning="The record is kept without the file.")
        self.reason = reason
        self.permanent = permanent
        self.expired = expired
