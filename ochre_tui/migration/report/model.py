"""What a report says, whatever its format; text from outside is as it came."""

from __future__ import annotations

from dataclasses import dataclass, field

from ochre_tui.migration.status import Sample
from ochre_tui.migration.verify.model import Check, Difference
from ochre_tui.store.files import AttachmentTally
from ochre_tui.store.outcomes import Kind
from ochre_tui.store.runs import Run


@dataclass(frozen=True, slots=True)
class KindRow:
    """What became of one kind of record in the latest run."""

    kind: Kind
    name: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why so many records of a kind were skipped or quarantined."""

    kind: str
    outcome: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Month:
    """Conversations that began in a month, by either side's own count."""

    name: str
    source: int
    target: int


@dataclass(frozen=True, slots=True)
class SizeClass:
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A conversation of which Intercom gives out only a part, and where it is in Intercom."""

    conversation: str
    address: str
    expected: int
    got: int
    reason: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Contacts that became one customer."""

    customer: str
    contacts: tuple[str, ...]
    emails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """The last verification; `at` is unix seconds."""

    at: int
    ok: bool
    outdated: bool
    checks: tuple[Check, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """The last export that was written."""

    name: str
    sha256: str
    bytes: int
    at: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything; times are unix seconds, lists are cut at 100 with their whole length beside them."""

    migration: str
    intercom: str
    intercom_id: str
    region: str
    timezone: str
    ochre: str
    state: str
    reason: str | None
    made_at: int
    made_by: str
    version: str
    runs: tuple[Run, ...]
    plan: tuple[tuple[str, str], ...]
    plan_text: str
    kinds: tuple[KindRow, ...]
    reasons: tuple[Reason, ...]
    contacts: tuple[tuple[str, int], ...]
    attachments: AttachmentTally
    missing: tuple[tuple[str, int], ...]
    months: tuple[Month, ...]
    speed: tuple[Sample, ...]
    sizes: tuple[SizeClass, ...]
    verification: Verification | None
    incomplete: tuple[Incomplete, ...]
    incomplete_count: int
    merges: tuple[Merge, ...]
    merge_count: int
    left_behind: tuple[tuple[str, int | None], ...]
    export: Export | None = field(default=None)
