"""The keys that work now, on one line; what does not fit is left to the help."""

from __future__ import annotations

from textual.binding import Binding
from textual.content import Content
from textual.keys import REPLACED_KEYS, key_to_character
from textual.screen import Screen
from textual.widget import Widget


class KeyBar(Widget):
    """Shows the bindings with `show=True` that are active, in their order; those for help stay whatever the width."""

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _changed(self, _: Screen[object]) -> None:
        self.refresh()

    def render(self) -> Content:
        hints: dict[str, Content] = {}
        helping: Content | None = None
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if not binding.show or binding.action in hints or self._is_typed(binding.key):
                continue
            hint = _hint(binding, self.app.get_key_display(binding), enabled=enabled)
            if binding.action == "help":
                helping = helping or hint
            else:
                hints[binding.action] = hint
        return _fitted(list(hints.values()), helping, self.content_size.width)

    def _is_typed(self, key: str) -> bool:
        """Whether the field that has the focus takes a key as text; Textual knows some by other names."""
        field = self.screen.focused
        return field is not None and field.check_consume_key(key, key_to_character(REPLACED_KEYS.get(key, key)))


def _hint(binding: Binding, key: str, *, enabled: bool) -> Content:
    key_style, word_style = ("bold $text-accent", "$foreground-muted") if enabled else ("dim", "dim")
    return Content.assemble((key, key_style), " ", (binding.description, word_style))


def _fitted(hints: list[Content], helping: Content | None, width: int) -> Content:
    helps = [] if helping is None else [helping]
    room = width - sum(hint.cell_length + 2 for hint in helps)
    shown = []
    for hint in hints:
        room -= hint.cell_length + 2
        if room < -2:
            break
        shown.append(hint)
    return Content("  ").join([*shown, *helps])
