"""Whether customers still reach Intercom: what began there since the switch; and whether its token is dead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ochre_tui.core.errors import OchreTuiError
from ochre_tui.core.secret import Secret
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import moment
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.listing import PER_PAGE, CustomerInitiated, customer_initiated_since
from ochre_tui.migration import connection
from ochre_tui.migration.cutover.finding import CANT_TELL, DONE, NOT_YET, Finding

COLLECTOR, TEST_MAIL, TEST_CHAT = "collector", "test-mail", "test-chat"
REVOKED = "revoke-intercom"
_NO_TOKEN = "Intercom can't be asked: its token is not known here."  # noqa: S105 - a sentence
_ATTEMPTS = 2
_DEADLINE_S = 20.0
_CHANNELS: Mapping[str, tuple[str, str]] = {
    COLLECTOR: ("email", "by e-mail"),
    TEST_MAIL: ("email", "by e-mail"),
    TEST_CHAT: ("conversation", "in the Messenger"),
}


async def check_intercom(
    token: Secret | None, url: str, since: Mapping[str, int | None], ticked: Mapping[str, int]
) -> list[Finding]:
    """What began in Intercom since each item's switch (unix seconds; None: not switched yet).

    The collector is told by that alone. Of mail and chats in Ochre a person tells; what began in Intercom can only say
    that they are not all there.
    """
    moments = [at for at in since.values() if at is not None]
    if token is None or not moments:
        return [_unasked(item, _NO_TOKEN if token is None else None, ticked) for item in _CHANNELS]
    try:
        async with Intercom(token, url, attempts=_ATTEMPTS, deadline_s=_DEADLINE_S) as client:
            begun = await customer_initiated_since(client, min(moments))
    except OchreTuiError as error:
        return [_unasked(item, f"{clean_line(error.title)}.", ticked) for item in _CHANNELS]
    return [_counted(item, since[item], begun, ticked) for item in _CHANNELS]


def _counted(item: str, since: int | None, begun: Sequence[CustomerInitiated], ticked: Mapping[str, int]) -> Finding:
    if since is None:
        return _unasked(item, None, ticked)
    channel, how = _CHANNELS[item]
    those = [one for one in begun if one.channel == channel and one.at > since]
    if those:
        number = f"{len(those)}{' or more' if len(begun) >= PER_PAGE else ''}"
        s = "" if len(those) == 1 else "s"
        return Finding(
            item,
            NOT_YET,
            f"{number} conversation{s} began in Intercom {how} since {moment(since)}, the latest at"
            f" {moment(those[0].at)} ({clean_line(those[0].id, 40)}).",
        )
    if len(begun) >= PER_PAGE and begun[-1].at > since:
        return _unasked(item, f"So much began in Intercom since {moment(since)} that not all was looked at.", ticked)
    nothing = f"Nothing began in Intercom {how} since {moment(since)}."
    if item == COLLECTOR:
        return Finding(item, DONE, nothing)
    return by_hand(item, ticked, nothing)


def _unasked(item: str, why: str | None, ticked: Mapping[str, int]) -> Finding:
    if item != COLLECTOR:
        return by_hand(item, ticked, "")
    switch = "Tick off the MX records, or declare the cut-over: then what began in Intercom since is looked at."
    return Finding(item, CANT_TELL, why or switch)


def by_hand(item: str, ticked: Mapping[str, int], besides: str = "") -> Finding:
    """An item that only a person can confirm."""
    at = ticked.get(item)
    said = "Only you can see that; it is not ticked off." if at is None else f"You ticked it off at {moment(at)}."
    return Finding(item, NOT_YET if at is None else DONE, f"{said} {besides}".strip())


async def check_revoked(token: Secret | None, url: str) -> Finding:
    """Whether Intercom accepts the token no more."""
    if token is None:
        return Finding(REVOKED, CANT_TELL, _NO_TOKEN)
    try:
        revoked = await connection.is_revoked(token, url, _ATTEMPTS)
    except OchreTuiError as error:
        return Finding(REVOKED, CANT_TELL, f"{clean_line(error.title)}.")
    if revoked:
        return Finding(REVOKED, DONE, "Intercom refuses the token (401).")
    return Finding(REVOKED, NOT_YET, "Intercom still accepts the token.")
