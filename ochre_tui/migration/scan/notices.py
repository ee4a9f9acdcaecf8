"""The problems to expect, from what a scan found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ochre_tui.core.wording import counted
from ochre_tui.intercom.models import Macro
from ochre_tui.migration.plan.model import toml_key
from ochre_tui.migration.scan.left_behind import LeftBehind
from ochre_tui.migration.scan.result import AdminFound, FieldFound, ScanWarning, WarningCode
from ochre_tui.migration.scan.usage import Usage

_MOST_IDS: Final = 20
_SMALL_SAMPLE: Final = 10


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


def about_fields(fields: Sequence[FieldFound], usages: Iterable[Usage]) -> Iterator[ScanWarning]:
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


def about_admins(admins: Iterable[AdminFound]) -> Iterator[ScanWarning]:
    """Names that several people have."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for admin in admins:
        if admin.name and not admin.is_bot:
            by_name[" ".join(admin.name.split()).casefold()].append(admin.id)
    same = [admin_id for ids in by_name.values() if len(ids) > 1 for admin_id in ids]
    if same:
        yield _warning("same_name_admins", "{} share a name with another: check whom each is matched to", same, "admin")


def about_access(left: LeftBehind, limit: int | None) -> Iterator[ScanWarning]:
    """What Intercom would not tell."""
    for scope, names in sorted(left.missing.items()):
        message = f"The access token lacks the permission “{scope}”: no count of {', '.join(sorted(names))}"
        yield ScanWarning(code="missing_scope", message=message, count=1, ids=[scope])
    if left.refused:
        names = sorted(left.refused)
        yield _warning("unavailable", f"No count of {', '.join(names)}: {left.refused[names[0]]}", names)
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


def _key(field: FieldFound) -> str:
    return toml_key((field.scope, field.name))
