"""What Ochre does by itself, and should not do to imported conversations: the check-list before the import."""

from __future__ import annotations

from typing import Final

from ochre_tui.migration.cutover.checklist import Item, ticked
from ochre_tui.store.store import Store

_GROUP: Final = "Before the import"
_WHERE: Final = "Ochre, Settings; on again when you have cut over"
SIDE_EFFECTS: Final = (
    Item("auto-close", _GROUP, "Auto-close", _WHERE, "closes open ones that are idle for 7 days"),
    Item("surveys", _GROUP, "Satisfaction surveys", _WHERE, "would go to customers of closed conversations"),
    Item("routing", _GROUP, "Routing rules", _WHERE, "assign and tag what comes in"),
    Item("auto-reply", _GROUP, "Auto-reply", _WHERE, "answers what looks like new mail"),
    Item("autopilot", _GROUP, "Autopilot", _WHERE, "answers by itself; use drafts while importing"),
    Item("sla", _GROUP, "SLA alerts", _WHERE, "warn of old conversations without a reply"),
)


def switched_off(store: Store) -> frozenset[str]:
    """What is ticked off as switched off in Ochre."""
    return frozenset(item.id for item in SIDE_EFFECTS if item.id in ticked(store))
