"""A new custom field by hand: its key, type and options, and what would not fit."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, OptionList, Static, TextArea
from textual.widgets.option_list import Option

from ochre_tui.core.text import clean_line
from ochre_tui.migration.mapping.fields import TYPE_WORDS, FieldKey, FieldSheet
from ochre_tui.migration.plan.model import FIELD_TYPES, SELECTS, FieldEntry
from ochre_tui.ochre.records import FieldType
from ochre_tui.widgets.glyphs import mark
from ochre_tui.widgets.key_bar import KeyBar
from ochre_tui.widgets.modal import Modal


class FieldDialog(Modal[FieldEntry | None]):
    """Edits the new field of one attribute; None where it stays as it is."""

    DEFAULT_CSS = """
    FieldDialog {
        & .labels { height: 1; }
        & .labels Label { width: auto; text-style: bold; }
        & .error { width: 1fr; padding-left: 2; color: $text-error; text-wrap: nowrap; text-overflow: ellipsis; }
        & #columns { height: 9; margin-top: 1; }
        & #types { width: 20; height: 100%; margin-right: 2; }
        & OptionList { height: 1fr; }
        & #choices { width: 1fr; height: 100%; }
        & TextArea { height: 1fr; border: none; padding: 0 1; background: $panel; }
        & #fit { margin-top: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "Next field", id="field.next"),
        Binding("escape", "cancel", "Cancel", key_display="esc", id="field.cancel"),
    ]

    def __init__(self, sheet: FieldSheet, key: FieldKey) -> None:
        super().__init__()
        self._sheet, self._key = sheet, key
        now, suggested = sheet.entry(key), sheet.suggestion(key)
        start = next((entry for entry in (now, suggested) if entry and entry.action == "create"), None)
        self._start = start or sheet.new_entry(key, sheet.likely_type(key)) or sheet.new_entry(key, "text")
        options = (start.options if start else None) or sheet.likely_options(key)
        self._options = {clean_line(option): option for option in options}
        """Each option by how it is shown, which is not how it is written where it holds what could steer a terminal."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog large") as dialog:
            dialog.border_title = Content(clean_line(f"Field for {self._sheet.attributes[self._key].label}", 60))
            with Horizontal(classes="labels"):
                yield Label("Key")
                yield Static(id="key-error", classes="error", markup=False)
            yield Input((self._start.key if self._start else "") or "", compact=True, id="key")
            with Horizontal(id="columns"):
                with Vertical(id="types"):
                    yield Label("Type", classes="strong")
                    yield OptionList(*(Option(TYPE_WORDS[kind], id=kind) for kind in FIELD_TYPES), compact=True)
                with Vertical(id="choices"):
                    with Horizontal(classes="labels"):
                        yield Label("Options, one per line")
                        yield Static(id="options-error", classes="error", markup=False)
                    yield TextArea(
                        "\n".join(self._options), show_line_numbers=False, tab_behavior="focus", compact=True
                    )
            yield Static(id="fit", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Save the field", id="save", compact=True, variant="primary")
            yield KeyBar()

    def on_mount(self) -> None:
        kind = (self._start.type if self._start else None) or "text"
        self.query_one(OptionList).highlighted = FIELD_TYPES.index(kind)
        self._judge()

    @property
    def _kind(self) -> FieldType:
        place = self.query_one(OptionList).highlighted
        return FIELD_TYPES[place or 0]

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(OptionList.OptionHighlighted)
    def _judge(self) -> None:
        entry, errors = self._entered()
        self.query_one("#choices").display = self._kind in SELECTS
        self.query_one("#key-error", Static).update(clean_line(errors.get("key", "")))
        self.query_one("#options-error", Static).update(clean_line(errors.get("options", "")))
        self.query_one("#save", Button).disabled = entry is None
        fit = self._sheet.misfits(self._key, entry) if entry else None
        sign = mark(self.app, "warning") + " " if fit and fit.count else ""
        style = "$text-warning" if fit and fit.count else "$foreground-muted"
        self.query_one("#fit", Static).update(Content.styled(f"{sign}{fit}" if fit else "", style))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._save()

    @on(OptionList.OptionSelected)
    def _type_taken(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.query_one(TextArea if self._kind in SELECTS else "#save").focus()

    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        entry, _ = self._entered()
        if entry is None:
            self.app.bell()
        else:
            self.dismiss(entry)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        self.dismiss(None)

    def _entered(self) -> tuple[FieldEntry | None, dict[str, str]]:
        lines = self.query_one(TextArea).text.split("\n")
        options = [self._options.get(line, line) for line in lines if line.strip()]
        return self._sheet.edited(self._key, self.query_one("#key", Input).value.strip(), self._kind, options)
