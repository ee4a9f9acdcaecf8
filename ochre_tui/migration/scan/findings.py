"""Everything a scan has counted, and what it says."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from random import Random
from typing import Final

from ochre_tui.intercom.models import Macro
from ochre_tui.intercom.workspace import Workspace
from ochre_tui.migration.scan import notices
from ochre_tui.migration.scan.admins import Admins
from ochre_tui.migration.scan.conversations import Conversations
from ochre_tui.migration.scan.forecast import estimate_duration
from ochre_tui.migration.scan.left_behind import LeftBehind
from ochre_tui.migration.scan.people import Companies, Contacts
from ochre_tui.migration.scan.result import AttachmentsFound, Basis, FieldFound, ScanResult, ScanWarning, WorkspaceFound
from ochre_tui.migration.scan.sample import Files, estimate_files

_USUAL_LATENCY_S: Final = 0.5


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
    admins: Admins
    contacts: Contacts
    companies: Companies
    conversations: Conversations
    macros: list[Macro]
    left: LeftBehind
    sampled: Sampled
    pages: int
    limit: int | None


def told(findings: Findings, rng: Random) -> ScanResult:
    """The result, without suggestions; `rng` resamples the sample."""
    conversations = findings.conversations
    fields = [found for tally in _tallies(findings) for found in tally.usage.found()]
    attachments = estimate_files(findings.sampled.files, len(conversations.seen), rng)
    images = estimate_files([_images(files) for files in findings.sampled.files], len(conversations.seen), rng)
    seconds = findings.sampled.seconds
    latency = statistics.median(seconds) if seconds else _USUAL_LATENCY_S
    # The lists again, and the sub-lists that contacts show only a part of.
    besides = findings.pages + findings.contacts.sub_lists
    return ScanResult(
        workspace=WorkspaceFound(
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
        conversations=conversations.found(),
        attachments=attachments,
        estimate_s=estimate_duration(
            requests=len(conversations.seen) + besides,
            limit=findings.limit,
            latency_s=latency,
            files=attachments,
        ),
        admins=findings.admins.found(),
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


def _tallies(findings: Findings) -> tuple[Contacts, Companies, Conversations]:
    return findings.contacts, findings.companies, findings.conversations


def _left_behind(findings: Findings) -> dict[str, int | None]:
    counts = dict(findings.left.counts)
    tickets = counts["tickets"]
    if tickets is not None:
        # Those that are conversations come over as such.
        counts["tickets"] = max(0, tickets - findings.conversations.tickets)
    return {**counts, "contact_notes": findings.contacts.notes}


def _warnings(findings: Findings, fields: list[FieldFound], attachments: AttachmentsFound) -> list[ScanWarning]:
    conversations = findings.conversations
    return [
        *notices.about_conversations(conversations.found().over_500_parts, conversations.undated),
        *notices.about_merges(findings.contacts.merges.groups()),
        *notices.about_admins(findings.admins.found()),
        *notices.about_fields(fields, [tally.usage for tally in _tallies(findings)]),
        *notices.about_macros(findings.macros),
        *notices.about_access(findings.left, findings.limit),
        *notices.about_sample(attachments.sampled, findings.sampled.failed, len(conversations.seen)),
    ]
