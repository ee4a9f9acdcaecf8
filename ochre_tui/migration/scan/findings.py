"""Everything a scan has counted, what it says, and the problems to expect."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from ochre_tui.core.wording import counted
from ochre_tui.intercom.models import Macro
from ochre_tui.intercom.workspace import Workspace
from ochre_tui.migration.plan.model import toml_key
from ochre_tui.migration.scan.forecast import estimate_duration
from ochre_tui.migration.scan.left_behind import LeftBehind
from ochre_tui.migration.scan.result import (
    AttachmentEstimate,
    Basis,
    ScannedAdmin,
    ScannedField,
    ScannedWorkspace,
    ScanResult,
    ScanWarning,
    WarningCode,
)
from ochre_tui.migration.scan.sample import Files, estimate_files
from ochre_tui.migration.scan.tallies import AdminTally, CompanyTally, ContactTally, ConversationTally
from ochre_tui.migration.scan.usage import Usage

_USUAL_LATENCY_S: Final = 0.5
_MOST_IDS: Final = 20
_SMALL_SAMPLE: Final = 10


@dataclass(slots=True)
class Sampled:
    """The conversations that were read in full: their files, the seconds each took, and those that failed."""

    files: list[Files] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Findings:
    """`pages` is how many pages the long lists had, `limit` Intercom's requests per window as it last told."""

    workspace: Workspace
    tags: int
    teams: int
    admins: AdminTally
    contacts: ContactTally
    companies: CompanyTally
    conversations: ConversationTally
    macros: list[Macro]
    left_behind: LeftBehind
    sampled: Sampled
    pages: int
    limit: int | None


def scan_result(findings: Findings, rng: Random) -> ScanResult:
    """The result, without suggestions; `rng` resamples the sample."""
    conversations = findings.conversations
    fields = [attribute for tally in _tallies(findings) for attribute in tally.usage.result()]
    attachments = estimate_files(findings.sampled.files, len(conversations.seen), rng)
    images = estimate_files([_images(files) for files in findings.sampled.files], len(conversations.seen), rng)
    seconds = findings.sampled.seconds
    latency = statistics.median(seconds) if seconds else _USUAL_LATENCY_S
    # The lists again, and the sub-lists that contacts show only a part of.
    besides = findings.pages + findings.contacts.sub_lists
    return ScanResult(
        workspace=ScannedWorkspace(
            id_code=findings.workspace.id_code,
            name=findings.workspace.name,
            region=findings.workspace.region,
            timezone=findings.workspace.timezone,
        ),
        counts={
            "conversations": len(conversations.seen),
            "contacts": len(findings.contacts.seen),
            "companies": len(findings.companies.seen),
            "tags": findings.tags,
            "macros": len(findings.macros),
            "admins": len(findings.admins),
            "teams": findings.teams,
            "custom_attributes": len(fields),
        },
        conversations=conversations.result(),
        attachments=attachments,
        estimate_s=estimate_duration(
            requests=len(conversations.seen) + besides,
            limit=findings.limit,
            latency_s=latency,
            files=attachments,
        ),
        admins=findings.admins.result(),
        fields=fields,
        left_behind=_left_behind(findings),
        warnings=_warnings(findings, fields, attachments),
        basis=Basis(
            strata=conversations.strata(), images=images, besides=besides, limit=findings.limit, latency_s=latency
        ),
    )


def _images(files: Files) -> Files:
    """The inline images among the files: those that Intercom tells no size of."""
    return Files(files.sizes_unknown, 0, files.sizes_unknown)


def _tallies(findings: Findings) -> tuple[ContactTally, CompanyTally, ConversationTally]:
    return findings.contacts, findings.companies, findings.conversations


def _left_behind(findings: Findings) -> dict[str, int | None]:
    counts = dict(findings.left_behind.counts)
    tickets = counts["tickets"]
    if tickets is not None:
        # Those that are conversations come over as such.
        counts["tickets"] = max(0, tickets - findings.conversations.tickets)
    return {**counts, "contact_notes": findings.contacts.notes}


def _warnings(findings: Findings, fields: list[ScannedField], attachments: AttachmentEstimate) -> list[ScanWarning]:
    conversations = findings.conversations
    return [
        *about_conversations(conversations.result().over_500_parts, conversations.undated),
        *about_merges(findings.contacts.merges.groups()),
        *about_admins(findings.admins.result()),
        *about_fields(fields, [tally.usage for tally in _tallies(findings)]),
        *about_macros(findings.macros),
        *about_access(findings.left_behind, findings.limit),
        *about_sample(attachments.sampled, findings.sampled.failed, len(conversations.seen)),
    ]


def about_conversations(over_500_parts: Sequence[str], undated: Sequence[str]) -> Iterator[ScanWarning]:
    """What of some conversations can't come over as it is."""
    if over_500_parts:
        yield _warning(
            "over_500_parts",
            "{} of more than 500 parts: Intercom gives out the newest 500 only, they are imported as incomplete",
            over_500_parts,
            "conversation",
        )
    if undated:
        yield _warning(
            "unreadable_times", "{} without a readable date of creation: no range of dates holds them", undated
        )


def about_macros(macros: Iterable[Macro]) -> Iterator[ScanWarning]:
    """Macros that not everybody sees in Intercom."""
    restricted = [macro.id for macro in macros if macro.visible_to == "specific_teams"]
    if restricted:
        yield _warning(
            "restricted_macros",
            "{} for certain teams only; Ochre shows saved replies to everybody, with the teams named. "
            "Macros of teams that the token's admin is not in may be missing",
            restricted,
            "macro",
        )


def about_merges(groups: Sequence[Sequence[str]]) -> Iterator[ScanWarning]:
    """Contacts of the same e-mail address or external id."""
    merging = [contact for group in groups for contact in group]
    if merging:
        customers = "one customer" if len(groups) == 1 else f"{len(groups)} customers"
        message = f"{{}} will become {customers}: they share an e-mail address or an external id"
        yield _warning("contacts_will_merge", message, merging, "contact")


def about_fields(fields: Sequence[ScannedField], usages: Iterable[Usage]) -> Iterator[ScanWarning]:
    """Attributes whose values need a look."""
    archived = [_key(field) for field in fields if field.archived and field.usage]
    if archived:
        yield _warning("archived_attributes", "{} archived in Intercom, but in use", archived, "attribute")
    misfitting = [field for field in fields if field.misfits]
    if misfitting:
        values = sum(field.misfits for field in misfitting)
        yield _warning(
            "misfitting_values",
            f"{{}} with values that the suggested type can't hold ({values}): they are kept as unmapped",
            [_key(field) for field in misfitting],
            "attribute",
        )
    undefined = sorted({name for usage in usages for name in usage.undefined})
    if undefined:
        yield _warning(
            "undefined_attributes",
            "{} in use that Intercom no longer defines: their values are kept as unmapped",
            undefined,
            "attribute",
        )


def about_admins(admins: Iterable[ScannedAdmin]) -> Iterator[ScanWarning]:
    """Names that several people have."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for admin in admins:
        if admin.name and not admin.is_bot:
            by_name[" ".join(admin.name.split()).casefold()].append(admin.id)
    same = [admin_id for ids in by_name.values() if len(ids) > 1 for admin_id in ids]
    if same:
        yield _warning("same_name_admins", "{} share a name with another: check whom each is matched to", same, "admin")


def about_access(left_behind: LeftBehind, limit: int | None) -> Iterator[ScanWarning]:
    """What Intercom would not tell."""
    for scope, names in sorted(left_behind.missing.items()):
        message = f"The access token lacks the permission “{scope}”: no count of {', '.join(sorted(names))}"
        yield ScanWarning(code="missing_scope", message=message, count=1, ids=[scope])
    if left_behind.refused:
        names = sorted(left_behind.refused)
        yield _warning("unavailable", f"No count of {', '.join(names)}: {left_behind.refused[names[0]]}", names)
    if limit is None:
        message = "Intercom told no rate limit: the time can only be guessed"
        yield ScanWarning(code="no_rate_limit", message=message, count=1)


def about_sample(sampled: int, failed: Sequence[str], conversations: int) -> Iterator[ScanWarning]:
    """A sample too small to go by."""
    if failed:
        yield _warning("unavailable", "{} of the sample could not be read", failed, "conversation")
    if sampled < min(_SMALL_SAMPLE, conversations):
        message = f"Attachments and time are estimated from {sampled} conversations only"
        yield ScanWarning(code="small_sample", message=message, count=sampled)


def _warning(code: WarningCode, message: str, ids: Sequence[str], noun: str = "conversation") -> ScanWarning:
    many = counted(len(ids), noun)
    return ScanWarning(code=code, message=message.format(many), count=len(ids), ids=list(ids[:_MOST_IDS]))


def _key(field: ScannedField) -> str:
    return toml_key((field.scope, field.name))
