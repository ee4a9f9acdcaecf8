"""How an import stands, in words; without rich, so that `status` starts quickly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import duration, moment, size
from ochre_tui.migration.status import State, Status
from ochre_tui.store.control import Action, Command

STATE_WORDS: Final[dict[State, str]] = {
    "new": "New",
    "queued": "Queued",
    "importing": "Importing",
    "paused": "Paused",
    "failed": "Failed",
    "completed": "Completed",
}


@dataclass(frozen=True, slots=True)
class PhaseWords:
    """A phase by its name, by what is being done in it, and as the log says that it began."""

    name: str
    doing: str
    began: str


PHASE_WORDS: Final[dict[str, PhaseWords]] = {
    "setup": PhaseWords("Setup", "reading the team, tags and attributes", "Reading the team, tags and attributes."),
    "listing": PhaseWords("Listing", "listing what there is", "Listing what there is in Intercom."),
    "people": PhaseWords("People", "companies and customers", "Writing companies and customers."),
    "conversations": PhaseWords("Conversations", "conversations", "Importing conversations."),
    "closing": PhaseWords("Closing", "closing", "Closing: unlisted people, tags, saved replies."),
}
KIND_WORDS: Final[dict[str, str]] = {
    "conversations": "Conversations",
    "customers": "Customers",
    "companies": "Companies",
    "tags": "Tags",
    "saved_replies": "Saved replies",
    "custom_fields": "Custom fields",
    "users": "Users",
}

_DONE: dict[Action, str] = {"pause": "Paused", "resume": "Resumed", "stop": "Stopped"}


def command_sentence(command: Command) -> str:
    """A command that was obeyed, in a sentence: what, by whom, when, and why if they said."""
    done = _DONE.get(command.action, f"At most {command.value} % of Intercom's limit is used: set")
    why = clean_line(command.reason or "").rstrip(".")
    return f"{done} by {clean_line(command.who)} at {moment(command.at)}" + (f": {why}." if why else ".")


def status_lines(status: Status) -> Iterator[str]:
    """The status as lines of text, made for a terminal of 80 columns."""
    yield from status_head(status)
    yield f"{'':14} {'found':>9} {'created':>9} {'changed':>9} {'same':>9} {'skipped':>9} {'quarant.':>9}"
    for kind, counts in status.counts.items():
        numbers = (counts[key] for key in ("found", "created", "changed", "unchanged", "skipped", "quarantined"))
        yield f"{KIND_WORDS[kind]:14} " + " ".join(f"{number:>9,}" for number in numbers)
    files = status.attachments
    yield (
        f"Attachments    {files.found:>9,} · {files.stored:,} stored ({size(files.bytes)}), {files.missing:,} missing, "
        f"{files.skipped:,} left out"
    )


def status_head(status: Status) -> Iterator[str]:
    """The state, and what there is to say of it."""
    yield " · ".join(facts(status))
    if status.reason:
        yield clean_line(status.reason, 500)


def detached_words(paths: MigrationPaths, pid: int) -> Iterator[str]:
    """That an import goes on without this terminal, and how to reach it."""
    yield f"The import goes on as process {pid}, without this terminal."
    yield "Watch it with `ochre-tui status --watch` or `ochre-tui`, end it with `ochre-tui stop`."
    yield f"What it says is in {clean_line(str(paths.run_log))}."


def facts(status: Status) -> Iterator[str]:
    """The state, and while it imports how far and how fast, each in a few words."""
    yield STATE_WORDS[status.state]
    if status.state != "importing":
        return
    if status.phase:
        yield PHASE_WORDS[status.phase].doing if status.phase in PHASE_WORDS else status.phase
    if status.phase == "listing":
        yield ", ".join(f"{number:,} {what}" for what, number in status.listed.items()) or "nothing yet"
    elif total := status.listed.get("conversations"):
        done = status.counts["conversations"]["found"]
        yield f"{done:,} of {max(total, done):,} conversations"
    rate = status.rate
    if rate.records_per_s:
        yield f"{rate.records_per_s:.0f} records/s"
    if rate.window_limit:
        yield f"API {rate.window_used or 0:,}/{rate.window_limit:,} in {rate.window_s} s"
    eta = status.eta_s
    if eta.likely is not None and eta.low is not None and eta.high is not None:
        yield f"{duration(eta.likely)} left ({duration(eta.low)} to {duration(eta.high)})"
