"""Map admins: who each Intercom admin becomes in Ochre, and the seats this takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from textual.content import Content

from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import counted
from ochre_tui.migration.mapping.admins import AdminSheet, admin_words, admins_known, with_admins
from ochre_tui.migration.mapping.csv_file import admins_csv, read_admins
from ochre_tui.migration.mapping.sheet import Sheet
from ochre_tui.migration.plan.model import Plan
from ochre_tui.migration.repair import attribution
from ochre_tui.screens.affected import Affected, admins_affected
from ochre_tui.screens.map_screen import MapScreen
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.mapping_grid import Cell, Column
from ochre_tui.widgets.mapping_grid_panel import STATUS, MappingPanel


class AdminPanel(MappingPanel[AdminSheet]):
    """The grid of admins."""

    title = "Admins"
    columns: ClassVar[Sequence[Column]] = (
        Column("", 1),
        Column("Name", 10, share=2),
        Column("E-mail", 12, share=3),
        Column("Conv.", 6, right=True),
        Column("Msgs", 5, right=True),
        Column("Suggestion", 14, share=3, at_least=100),
        Column("Becomes", 16, share=3),
    )

    def cells(self, key: str) -> Sequence[Cell]:
        admin, entry, suggested = self.sheet.admins[key], self.sheet.entry(key), self.sheet.suggestion(key)
        hint = admin_words(suggested) if suggested else ""
        becomes = Cell(admin_words(entry)) if entry else Cell(f"{hint}?" if hint else "", "grid--muted")
        if self.sheet.problem(key):
            becomes = Cell(becomes.text, "grid--problem")
        return (
            self.status_cell(key),
            Cell(admin.name or "no name", "" if admin.name else "grid--muted"),
            Cell(admin.email or "no e-mail", "" if admin.email else "grid--muted"),
            Cell(f"{admin.conversations:,}"),
            Cell(f"{admin.sampled_messages:,}"),
            Cell(hint, "grid--muted"),
            becomes,
        )

    def title_of(self, key: str) -> str:
        admin = self.sheet.admins[key]
        return admin.name or admin.email or f"Admin {key}"

    def facts(self, key: str) -> Iterable[tuple[str, str, str]]:
        admin, entry, why = self.sheet.admins[key], self.sheet.entry(key), self.sheet.suggestions[key]
        yield "E-mail", admin.email or "none known", ""
        yield "In Intercom", f"no longer, id {key}" if admin.removed else f"id {key}", ""
        yield "Takes part in", counted(admin.conversations, "conversation"), ""
        yield "Wrote, in the sample", counted(admin.sampled_messages, "message"), ""
        suggested = self.sheet.suggestion(key)
        if suggested and why:
            guess = "a guess: " if why.guess else ""
            yield "Suggestion", f"{admin_words(suggested)} ({guess}{why.reason})", "$text-accent"
        _, word, _ = STATUS[self.sheet.status(key)]
        yield "Decision", admin_words(entry) if entry else word, "bold"
        yield "Problem", self.sheet.problem(key), "$text-error"

    def brief(self, key: str) -> Sequence[Content]:
        admin, entry, why = self.sheet.admins[key], self.sheet.entry(key), self.sheet.suggestions[key]
        suggested, problem = self.sheet.suggestion(key), self.sheet.problem(key)
        who = " ".join(part for part in (admin.name, f"<{admin.email}>" if admin.email else "") if part)
        gone = " (no longer in Intercom)" if admin.removed and not (why and "no longer" in why.reason) else ""
        reason = f"({'a guess: ' if why.guess else ''}{why.reason})" if why else ""
        decided = Content.assemble(
            ("Decision   ", "$foreground-muted"), (admin_words(entry) if entry else "none yet", "bold")
        )
        return (
            Content.assemble((clean_line(who or f"id {key}"), "bold"), (gone, "$foreground-muted")),
            Content.assemble(
                ("Suggested  ", "$foreground-muted"),
                (clean_line(admin_words(suggested)) if suggested else "nothing", "$text-accent"),
                (f" {clean_line(reason)}" if reason else "", "$foreground-muted"),
            ),
            Content.assemble(("Problem    ", "$foreground-muted"), (clean_line(problem), "$text-error"))
            if problem
            else decided,
        )

    def sums(self) -> Content:
        seats = self.sheet.seats()
        light = f" and {counted(seats.light_agents_added, 'light agent')} (free)" if seats.light_agents_added else ""
        return Content.assemble(
            f"Billable seats: {seats.now:,} now, ",
            (
                f"{seats.added:,} added" if seats.added else "none added",
                "$text-warning bold" if seats.added else "bold",
            ),
            light or ". Light agents are free",
            ".",
        )


class MapAdminsScreen(MapScreen):
    """Step 4."""

    STEP = Step.ADMINS
    ABOUT = (
        "Each Intercom admin becomes an Ochre user that is there already (match), is invited with a role, or is "
        "skipped: then name and e-mail stay on what they wrote, but there is no account. Owners, admins and agents "
        "take a billable seat; light agents are free. Skip who has left the company.\n\n"
        "Every decision is saved at once. Mark rows with Space to decide several at once.\n\n"
        "After an import, c lists whom a change of the plan affects, with their conversations and messages, and "
        "applies it at once; else the next import does."
    )
    csv_name = "admins.csv"
    undecided_means = "Skipped, they keep name and e-mail on what they wrote, without an account."

    def load(self) -> AdminSheet | None:
        scanned = self.app.plan.scanned()
        if scanned is None:
            return None
        return AdminSheet(admins_known(self.session, scanned), self.app.plan.facts().users, self.app.plan.read().admins)

    def affected(self) -> Affected:
        return admins_affected(attribution.preview(self.session))

    def apply(self, on_progress: Callable[[int, int], None]) -> str:
        return (
            f"{attribution.resync(self.session, on_progress=on_progress):,} conversations were rewritten; verify again."
        )

    def panel_for(self, sheet: Sheet[Any, Any]) -> AdminPanel:
        assert isinstance(sheet, AdminSheet)
        return AdminPanel(sheet)

    def with_entries(self, entries: Mapping[Any, Any], plan: Plan) -> Plan:
        return with_admins(plan, entries)

    def csv_of(self, sheet: Any) -> str:
        return admins_csv(sheet)

    def entries_in(self, sheet: Any, text: str) -> dict[Any, Any]:
        return dict(read_admins(sheet, text))

    def nothing(self, *, scanned: bool) -> str:
        if scanned:
            return "The scan found no admin that needs a decision. Continue with Enter."
        return "Here every Intercom admin will be listed. Scan Intercom first: Escape goes back."
