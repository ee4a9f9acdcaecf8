"""Map attributes: which Ochre field each custom attribute becomes, and what would not fit there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import counted
from ochre_tui.migration.mapping.csv_file import example_text, fields_csv, read_fields
from ochre_tui.migration.mapping.fields import FieldKey, FieldSheet, field_entries, field_words, with_fields
from ochre_tui.migration.mapping.sheet import Sheet
from ochre_tui.migration.plan.model import FieldEntry, Plan
from ochre_tui.migration.repair import fields
from ochre_tui.screens.affected import Affected, fields_affected
from ochre_tui.screens.map_screen import MapScreen
from ochre_tui.screens.steps import Step
from ochre_tui.widgets.field_dialog import FieldDialog
from ochre_tui.widgets.glyphs import mark
from ochre_tui.widgets.mapping_grid import Cell, Column
from ochre_tui.widgets.mapping_grid_panel import STATUS, MappingPanel


class AttributePanel(MappingPanel[FieldSheet]):
    """The grid of custom attributes."""

    title = "Attributes"
    columns: ClassVar[Sequence[Column]] = (
        Column("", 1),
        Column("Of", 8),
        Column("Name", 11, share=3),
        Column("Used", 6, right=True),
        Column("Examples", 8, share=3, at_least=68),
        Column("Suggestion", 16, share=3, at_least=100),
        Column("Becomes", 18, share=4),
        Column("Misfit", 6, right=True),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "edit", "Options", id="map.edit", tooltip="Key, type and options of the new field"),
    ]

    def cells(self, key: FieldKey) -> Sequence[Cell]:
        attribute, entry, suggested = self.sheet.attributes[key], self.sheet.entry(key), self.sheet.suggestion(key)
        hint = field_words(suggested) if suggested else ""
        becomes = Cell(field_words(entry)) if entry else Cell(f"{hint}?", "grid--muted")
        if self.sheet.problem(key):
            becomes = Cell(becomes.text, "grid--problem")
        meant = entry or suggested
        fit = self.sheet.misfits(key, meant) if meant else None
        return (
            self.status_cell(key),
            Cell("convers." if key[0] == "conversation" else key[0], "grid--muted"),
            Cell(attribute.label, "" if attribute.usage else "grid--muted"),
            Cell(f"{attribute.usage:,}"),
            Cell(_examples(attribute.examples), "grid--muted"),
            Cell(hint, "grid--muted"),
            becomes,
            Cell("-" if fit is None else f"{fit.count:,}" if fit.count else "", "grid--warning"),
        )

    def title_of(self, key: FieldKey) -> str:
        return self.sheet.attributes[key].label

    def facts(self, key: FieldKey) -> Iterable[tuple[str, str, str]]:
        attribute, entry, suggested = self.sheet.attributes[key], self.sheet.entry(key), self.sheet.suggestion(key)
        yield "Attribute", f"{attribute.name}, of {_plural(key)}", ""
        archived = ", archived" if attribute.archived else ""
        yield "In Intercom", f"{attribute.data_type}{archived}, in use {attribute.usage:,} times", ""
        distinct = f"{attribute.distinct:,}{' or more' if attribute.distinct_capped else ''}"
        yield f"Values ({distinct} different)", _examples(attribute.examples) or "none seen", ""
        if suggested:
            yield "Suggestion", f"{field_words(suggested)} ({self.sheet.suggestions[key].reason})", "$text-accent"
        _, word, _ = STATUS[self.sheet.status(key)]
        yield "Decision", field_words(entry) if entry else word, "bold"
        meant = entry or suggested
        if meant and meant.options:
            yield f"Options ({len(meant.options):,})", ", ".join(meant.options), ""
        fit = self.sheet.misfits(key, meant) if meant else None
        if fit is not None:
            unmapped = "; kept as unmapped" if fit.count else ""
            yield "Fit", f"{fit}{unmapped}", "$text-warning" if fit.count else ""
        yield "Problem", self.sheet.problem(key), "$text-error"

    def brief(self, key: FieldKey) -> Sequence[Content]:
        attribute, entry, suggested = self.sheet.attributes[key], self.sheet.entry(key), self.sheet.suggestion(key)
        problem, meant = self.sheet.problem(key), entry or suggested
        fit = self.sheet.misfits(key, meant) if meant else None
        fits = f"  {fit}" if fit and fit.of else ""
        decision = (
            ("Problem    ", "$foreground-muted"),
            (clean_line(problem), "$text-error"),
        ) if problem else (
            ("Decision   ", "$foreground-muted"),
            (clean_line(field_words(entry)) if entry else "none yet", "bold"),
            (fits, "$text-warning" if fit and fit.count else "$foreground-muted"),
        )  # fmt: skip
        values = _examples(attribute.examples)
        return (
            Content.assemble(
                (clean_line(attribute.label), "bold"),
                (f"  {attribute.data_type} of {_plural(key)}", "$foreground-muted"),
                (f"  {clean_line(values, 120)}", ""),
            ),
            Content.assemble(
                ("Suggested  ", "$foreground-muted"),
                (clean_line(field_words(suggested)) if suggested else "nothing", "$text-accent"),
                (f" ({clean_line(self.sheet.suggestions[key].reason)})", "$foreground-muted"),
            ),
            Content.assemble(*decision),
        )

    def sums(self) -> Content:
        entries = self.sheet.entries()
        fits = [self.sheet.misfits(key, entry) for key, entry in entries.items()]
        lost = sum(fit.count for fit in fits if fit)
        warning = f"{mark(self.app, 'warning')} {counted(lost, 'value')} would not fit. "
        values = (warning, "$text-warning bold") if lost else "Every value fits. "
        return Content.assemble(values if entries else "", "Changing a type after the import means manual work.")

    def action_edit(self) -> None:
        key = self.grid.key
        if key is None:
            return

        def edited(entry: FieldEntry | None) -> None:
            if entry is not None:
                self.decide("New field", {key: entry})

        self.app.push_screen(FieldDialog(self.sheet, key), edited)


class MapAttributesScreen(MapScreen):
    """Step 5."""

    STEP = Step.ATTRIBUTES
    ABOUT = (
        "Each custom attribute becomes a new field in Ochre, goes to a field that is there, or is skipped. A value "
        "that its field can't hold is kept with the record as unmapped, but not in the field; how many these are is "
        "shown for each choice. Get it right now: changing a field's type after the import means manual work.\n\n"
        "Every decision is saved at once. Mark rows with Space to decide several at once.\n\n"
        "After an import, c lists what a change of the plan affects, and how many values fit, and applies it at once; "
        "else the next import does."
    )
    csv_name = "attributes.csv"
    undecided_means = "Skipped, their values are left out of Ochre."

    def load(self) -> FieldSheet | None:
        scanned = self.app.plan.scanned()
        if scanned is None:
            return None
        return FieldSheet(scanned.fields, self.app.plan.facts().fields, field_entries(self.app.plan.read()))

    def affected(self) -> Affected:
        return fields_affected(fields.preview(self.session))

    def apply(self, on_progress: Callable[[int, int], None]) -> str:
        return f"{fields.resync(self.session):,} records were rewritten; verify again."

    def panel_for(self, sheet: Sheet[Any, Any]) -> AttributePanel:
        assert isinstance(sheet, FieldSheet)
        return AttributePanel(sheet)

    def with_entries(self, entries: Mapping[Any, Any], plan: Plan) -> Plan:
        return with_fields(plan, entries)

    def csv_of(self, sheet: Any) -> str:
        return fields_csv(sheet)

    def entries_in(self, sheet: Any, text: str) -> dict[Any, Any]:
        return dict(read_fields(sheet, text))

    def nothing(self, *, scanned: bool) -> str:
        if scanned:
            return "The Intercom workspace has no custom attributes: nothing to map. Continue with Enter."
        return "Here every custom attribute will be listed. Scan Intercom first: Escape goes back."


def _plural(key: FieldKey) -> str:
    return {"contact": "contacts", "company": "companies", "conversation": "conversations"}[key[0]]


def _examples(values: Sequence[Any]) -> str:
    return ", ".join(map(example_text, values))
