"""Macros to saved replies."""

from __future__ import annotations

from html import escape

from ochre_tui.intercom.models import Macro, scrub
from ochre_tui.migration.convert import ids
from ochre_tui.migration.convert.bodies import Body, read_body
from ochre_tui.migration.convert.context import Lookups
from ochre_tui.migration.convert.placeholders import Placeholders
from ochre_tui.ochre.records import SavedReply

_NO_NAME = "(no name)"


def convert_macro(macro: Macro, lookups: Lookups) -> SavedReply:
    """The saved reply for a macro, placeholders in Ochre's words."""
    placeholders = Placeholders(lookups)
    body = _body(macro, placeholders)
    return SavedReply(
        id=ids.saved_reply_id(lookups.workspace, macro.id),
        title=macro.name or _NO_NAME,
        body_html=body.html({}),
        body_text=body.text,
        intercom_id=macro.id,
        visibility=_visibility(macro, lookups),
        unknown_placeholders=tuple(sorted(placeholders.unknown)),
    )


def _body(macro: Macro, placeholders: Placeholders) -> Body:
    """The body; a saved reply has no attachments, its images become links."""
    if macro.body:
        return read_body(placeholders.in_html(scrub(macro.body)), None)
    lines = placeholders.in_text(scrub(macro.body_text or "")).splitlines()
    return read_body("".join([f"<p>{escape(line, quote=False)}</p>" for line in lines]), None)


def _visibility(macro: Macro, lookups: Lookups) -> str:
    """ "everyone", or "team: " and the names of the teams that may use it."""
    if macro.visible_to in {None, "everyone"}:
        return "everyone"
    return "team: " + ", ".join(lookups.teams.get(team, team) for team in macro.visible_to_team_ids)
