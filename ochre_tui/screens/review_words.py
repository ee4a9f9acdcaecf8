"""A plan on one page, and the question before the import, in words."""

from __future__ import annotations

from collections import Counter

from textual.content import Content

from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import counted, duration, size
from ochre_tui.migration.cutover.checklist import SIDE_EFFECTS
from ochre_tui.migration.overview import Standing
from ochre_tui.migration.plan.model import CHANNELS, STATES, Import
from ochre_tui.migration.scan.forecast import Forecast
from ochre_tui.migration.session import Reviewed
from ochre_tui.screens.forecast_words import contacts, range_words, span


def plan_lines(reviewed: Reviewed, found: Forecast | None) -> Content:
    """The plan on one page."""
    chosen = reviewed.plan.import_
    return Content("\n").join(
        [
            _line("Conversations", _conversations(found), _scope(chosen)),
            _line("Contacts", contacts(found, chosen) if found else "-", _with(chosen, found)),
            _line("Attachments", *_files(chosen, found)),
            _line("Admins", *_admins(reviewed)),
            _line("Attributes", *_attributes(reviewed)),
            _line(
                "Time",
                f"about {duration(found.seconds.likely)}" if found else "-",
                span(found.seconds) if found else "",
            ),
            *_changed(reviewed),
        ]
    )


def _changed(reviewed: Reviewed) -> list[Content]:
    if not reviewed.changes:
        return []
    number = counted(len(reviewed.changes), "decision")
    return [_line("Changed since", number, "c: what each affects and what applies it")]


def start_question(reviewed: Reviewed, found: Forecast | None, standing: Standing) -> str:
    """What starting means, in one sentence with its numbers."""
    source, target = clean_line(standing.source or "Intercom", 40), clean_line(standing.target or "Ochre", 40)
    if found is None:
        what, time = "what the plan takes in", ""
    else:
        about = "" if found.exact else "about "
        files = (
            f" and about {found.attachments:,} attachments ({size(found.bytes.likely)})" if found.attachments else ""
        )
        what = f"{about}{counted(found.conversations, 'conversation')}, {counted(found.contacts, 'contact')}{files}"
        time = f" It takes about {duration(found.seconds.likely)} and can be stopped at any time."
    on = len(SIDE_EFFECTS) - len(reviewed.switched_off)
    off = f" {on} of {len(SIDE_EFFECTS)} are not marked as switched off in Ochre." if on else ""
    return f"Import {what} from {source} into {target}?{time}{off}"


def warning_lines(reviewed: Reviewed) -> Content:
    """The plan's warnings, each with its key."""
    return Content("\n").join(
        [
            Content.assemble((clean_line(one.key, 80), "$text-accent"), "\n  ", clean_line(one.warning))
            for one in reviewed.warnings
        ]
    )


def _line(title: str, figure: str, more: str) -> Content:
    return Content.assemble((f"{title:15}", "$foreground-muted"), (figure, "bold"), (f"  {more}", "$foreground-muted"))


def _conversations(found: Forecast | None) -> str:
    if found is None:
        return "-"
    return f"{'' if found.exact else 'about '}{found.conversations:,}"


def _scope(chosen: Import) -> str:
    parts = [range_words(chosen)]
    if len(chosen.states) < len(STATES):
        parts.append("only " + ", ".join(chosen.states))
    if len(chosen.channels) < len(CHANNELS):
        parts.append("only " + ", ".join(chosen.channels))
    if chosen.exclude_closed_older_than_days:
        parts.append(f"no closed ones unchanged for {chosen.exclude_closed_older_than_days} days")
    return "; ".join(parts)


def _with(chosen: Import, found: Forecast | None) -> str:
    replies = counted(found.saved_replies, "saved reply", "saved replies") if found else "saved replies"
    return "and companies, tags, " + (replies if chosen.saved_replies else "no saved replies")


def _files(chosen: Import, found: Forecast | None) -> tuple[str, str]:
    if not chosen.attachments:
        return "none", ""
    images = "inline images too" if chosen.inline_images else "no inline images"
    if found is None:
        return "all", images
    if not found.attachments:
        return "none", ""
    return f"about {found.attachments:,}, {size(found.bytes.likely)}", images


def _admins(reviewed: Reviewed) -> tuple[str, str]:
    actions = Counter(entry.action for entry in reviewed.plan.admins.values())
    seats = sum(entry.action == "invite" and entry.role != "light_agent" for entry in reviewed.plan.admins.values())
    figure = f"{actions['match']} matched, {actions['invite']} invited, {actions['skip']} skipped"
    more = [counted(seats, "more seat to pay", "more seats to pay")] if seats else []
    if reviewed.undecided_admins:
        more.append(f"{reviewed.undecided_admins:,} undecided")
    return figure, "; ".join(more)


def _attributes(reviewed: Reviewed) -> tuple[str, str]:
    fields = reviewed.plan.fields
    entries = [*fields.contact.values(), *fields.company.values(), *fields.conversation.values()]
    actions = Counter(entry.action for entry in entries)
    figure = f"{actions['create']} created, {actions['map']} mapped, {actions['skip']} skipped"
    undecided = reviewed.undecided_attributes
    return figure, f"{undecided:,} undecided" if undecided else ""
