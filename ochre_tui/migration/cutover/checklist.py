"""The check-lists of the last two steps: moving customers over to Ochre, and winding Intercom down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from ochre_tui.core.wording import moment
from ochre_tui.migration.cutover.finding import Kept, kept
from ochre_tui.migration.cutover.settings import Entered
from ochre_tui.migration.session import Session
from ochre_tui.store import checklist, runs, sync_passes
from ochre_tui.store.store import Store

CUT_OVER_DONE = "cut over"
_CATCH_UP = "catch-up"
DAY_S = 86_400
READ_ONLY_DAYS = 30
CANCEL_DAYS = 60
_KEEP_DAYS = 30
WIDGET_LOADER = "https://ochrehq.com/api/widget/embed"
MESSENGER_ADDRESS = "widget.intercom.io"


@dataclass(frozen=True, slots=True)
class Item:
    """Something to do by hand: `where`, `why`, and what to copy from here, if anything; `after_days` counts from the
    cut-over."""

    id: str
    group: str
    title: str
    where: str
    why: str
    paste: str | None = None
    after_days: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An item, when it was done, and from when on it is due (unix seconds), and what was looked up about it last; None
    where that is open."""

    item: Item
    done_at: int | None
    due_at: int | None
    finding: Kept | None = None


def cut_over_items(app_id: str, slug: str, values: Entered) -> tuple[Item, ...]:
    """What makes customers reach Ochre; `app_id` is Intercom's workspace, `slug` Ochre's, `values` what was entered."""
    return (
        Item(
            _CATCH_UP,
            "Before",
            "Bring over what changed since the import",
            "Import, in this app: c, catch up; or a shell",
            "Intercom went on while the import ran. Catching up takes what is new or changed, until nothing is left.",
            "ochre-tui catch-up",
        ),
        Item(
            "widget",
            "Chat widget",
            "Embed the Ochre widget on your site",
            "Your site; the tag: Ochre, Settings, Channels, Widget",
            "The tag there loads the address below. A content security policy has to allow ochrehq.com.",
            f"{WIDGET_LOADER}  (workspace slug: {slug})",
        ),
        Item(
            "messenger",
            "Chat widget",
            "Remove the Intercom Messenger snippet",
            "Your site: search its pages for the text below",
            "Both can run side by side for a day. Who has an Intercom conversation open goes on there until a refresh.",
            f"{MESSENGER_ADDRESS}/widget/{app_id}",
        ),
        Item(
            "test-chat",
            "Chat widget",
            "See a test conversation land in Ochre",
            "Your site, in a private window; then Ochre's inbox",
            "Write as a customer would, and answer it.",
        ),
        Item(
            "mx",
            "E-mail",
            "Point your support address's MX records at Ochre",
            "Your DNS; the values: Ochre, Settings, Domains",
            "The values are made for your workspace. Ochre shows there when DKIM, SPF and MX are right.",
            f"{values.mx_name}.  MX  10  {values.mx_host}." if values.mx_name and values.mx_host else None,
        ),
        Item(
            "spf",
            "E-mail",
            "Let your domain's SPF record include Ochre",
            "Your DNS; the values: Ochre, Settings, Domains",
            "A domain has one SPF record: where there is one, add the include to it.",
            f'{values.domain}.  TXT  "v=spf1 include:{values.spf_include} ~all"'
            if values.domain and values.spf_include
            else None,
        ),
        Item(
            "dkim",
            "E-mail",
            "Publish Ochre's DKIM record",
            "Your DNS; the values: Ochre, Settings, Domains",
            "Ochre signs each mail; without the record, answers may land in spam.",
            _dkim_record(values),
        ),
        Item(
            "collector",
            "E-mail",
            "Switch off Intercom's collector for that address",
            "Intercom, Settings, Channels, Email",
            "Else both answer the same mail.",
        ),
        Item(
            "test-mail",
            "E-mail",
            "See new mail land in Ochre, not in Intercom",
            "Write to your support address from outside",
            "Mail servers remember MX records for as long as their TTL says: look again after that.",
        ),
        Item(
            "side-effects",
            "After",
            "Switch on again what was off during the import",
            "Ochre, Settings: Routing, Notifications, AI",
            "Auto-close, satisfaction surveys, auto-reply, SLA alerts and autopilot, as far as you use them.",
        ),
    )


def _dkim_record(values: Entered) -> str | None:
    if not values.dkim_name or not values.dkim_record:
        return None
    if values.dkim_is_alias:
        return f"{values.dkim_name}.  CNAME  {values.dkim_record}."
    return f'{values.dkim_name}.  TXT  "{values.dkim_record}"'


def wind_down_items(name: str) -> tuple[Item, ...]:
    """What ends Intercom; `name` is the migration's."""
    return (
        Item(
            "read-only",
            "Intercom",
            "Leave Intercom read-only for 30 days",
            "Nothing to do but to wait and look in now and then",
            "Late answers to old mail may still arrive there.",
            after_days=READ_ONLY_DAYS,
        ),
        Item(
            "last-run",
            "Intercom",
            "Bring over what still arrived",
            "Import, in this app: c, catch up; or a shell",
            "Takes only what is new or changed; then verify once more.",
            "ochre-tui catch-up",
        ),
        Item(
            "hand-over",
            "Intercom",
            "Keep the hand-over files",
            "A shell on this machine",
            "An export of all that is in the Ochre workspace, to be kept where your records are kept.",
            "ochre-tui export hand-over.zip",
        ),
        Item(
            "cancel",
            "Intercom",
            "Cancel Intercom; most teams do after 60 days",
            "Intercom, Settings, Billing",
            "It does not affect what is in Ochre: that is stored there, not relayed.",
            after_days=CANCEL_DAYS,
        ),
        Item(
            "revoke-intercom",
            "Tokens and data",
            "Revoke the Intercom access token",
            "Intercom, Settings, Developers: your app, Authentication",
            "Once the last import is done nobody needs it any more. The command asks Intercom whether it is dead.",
            f"ochre-tui connect --check-revoked -m {name}",
        ),
        Item(
            "revoke-ochre",
            "Tokens and data",
            "Revoke the Ochre token, if you made one",
            "Ochre, where you made it",
            "A workspace on this machine has none.",
        ),
        Item(
            "wipe",
            "Tokens and data",
            "Delete the local data and the kept token",
            "The start screen of this app, or a shell",
            "It holds your customers' data. The Ochre workspace on this machine goes with it: export first.",
            f"ochre-tui wipe -m {name}",
        ),
    )


def lines(store: Store, items: tuple[Item, ...]) -> list[Line]:
    """The items with what is done of them, in their order."""
    done = ticked(store)
    begun = done.get(CUT_OVER_DONE)
    quiet = sync_passes.quiet_since(store.conn)
    found = kept(store)
    return [
        Line(
            item if quiet is None or item.id != _CATCH_UP else _caught_up(item, quiet),
            done.get(item.id),
            begun + item.after_days * DAY_S if begun is not None and item.after_days is not None else None,
            found.get(item.id),
        )
        for item in items
    ]


def _caught_up(item: Item, quiet: int) -> Item:
    """The item, once a pass over Intercom has found nothing new."""
    why = f"Nothing new was left in Intercom as of {moment(quiet)}. Customers may write there later: again."
    return replace(item, why=why)


def tick(session: Session, item: str) -> None:
    """Note an item as done now."""
    with session.store() as store, store.transaction() as conn:
        checklist.tick(conn, item, int(session.now()))
    session.audit("tick", item=item)


def untick(session: Session, item: str) -> None:
    """Note an item as not done after all."""
    with session.store() as store, store.transaction() as conn:
        checklist.tick(conn, item, None)
    session.audit("untick", item=item)


def ticked(store: Store) -> dict[str, int]:
    """What is done of both lists, and when (unix seconds)."""
    return checklist.ticked(store.conn)


def cut_over_at(store: Store) -> int | None:
    """When the operator said that customers now reach Ochre."""
    return ticked(store).get(CUT_OVER_DONE)


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


def reminder(store: Store, name: str, now: int) -> str | None:
    """What to do about data that nothing has needed for 30 days, counted from the cut-over or the last run."""
    last = runs.latest(store.conn)
    times = [at for at in (cut_over_at(store), last and last.ended_at) if at]
    if not times or (last is not None and last.ended_at is None):
        return None
    days = (now - max(times)) // DAY_S
    if days < _KEEP_DAYS:
        return None
    return (
        f"{name} holds your customers' data and nothing has used it for {days} days: export what you keep, then "
        f"`ochre-tui wipe -m {name}`."
    )
