"""A scan's problems in words, and the records behind them."""

from __future__ import annotations

from textual.app import App
from textual.content import Content

from ochre_tui.core.text import clean_line
from ochre_tui.migration.plan.model import toml_key
from ochre_tui.migration.scan.result import ScanResult, ScanWarning
from ochre_tui.widgets.glyphs import mark

_MEANING = {
    "over_500_parts": "Intercom gives out the newest 500 parts of a conversation; what is older can't be read.",
    "restricted_macros": "They were for some people only; in Ochre everybody sees saved replies.",
    "contacts_will_merge": "They become one customer each, which keeps every id and address.",
    "archived_attributes": "Decide under Map attributes whether they are still wanted.",
    "undefined_attributes": "Their values come over as unmapped, under the name they have.",
    "misfitting_values": "Choose another type under Map attributes, or leave them as unmapped: nothing is lost.",
    "missing_scope": "The import works without it; only the count is missing.",
    "unavailable": "The import is not affected; scan again later for the count.",
    "same_name_admins": "Look at them under Map admins.",
    "unreadable_times": "They come over without a time, which is kept raw.",
    "small_sample": "The estimate is rough.",
    "no_rate_limit": "The estimate is rough.",
}
_CONVERSATIONS = {"over_500_parts", "unreadable_times", "unavailable"}


def problem(app: App[object], warning: ScanWarning) -> Content:
    """A problem on one line or two."""
    return Content.assemble((f"{mark(app, 'warning')} ", "$text-warning"), clean_line(warning.message, 400))


def records_behind(warning: ScanWarning, result: ScanResult) -> Content:
    """What the problem means, and the records that have it, as far as the scan kept them."""
    lines = [Content.styled(clean_line(warning.message, 400), "bold"), Content(_MEANING.get(warning.code, ""))]
    if warning.ids:
        lines.append(Content(""))
        lines += [Content(_named(id_, warning, result)) for id_ in warning.ids]
        if warning.count > len(warning.ids):
            lines.append(Content.styled(f"and {warning.count - len(warning.ids):,} more", "$foreground-muted"))
    return Content("\n").join(lines)


def _named(id_: str, warning: ScanWarning, result: ScanResult) -> str:
    """A record by what people know it by."""
    if warning.code == "same_name_admins":
        admin = next((admin for admin in result.admins if admin.id == id_), None)
        return clean_line(f"{admin.name}  {admin.email or 'no e-mail'}  (id {id_})" if admin else id_)
    if warning.code in {"misfitting_values", "archived_attributes"}:
        field = next((field for field in result.fields if toml_key((field.scope, field.name)) == id_), None)
        misfits = f", {field.misfits:,} do not fit" if field and field.misfits else ""
        return clean_line(f"{field.scope} {field.name}  {field.usage:,} in use{misfits}" if field else id_)
    if warning.code in _CONVERSATIONS and id_.isdigit():
        return f"conversation {id_}"
    return clean_line(f"contact {id_}" if warning.code == "contacts_will_merge" else id_)
