"""Some conversations read from Intercom once more, and compared with what Ochre has."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.errors import Gone, NotFound
from ochre_tui.intercom.json_codec import Json
from ochre_tui.migration.convert.ids import conversation_id
from ochre_tui.migration.convert.times import read_time
from ochre_tui.migration.verify.compare import differences
from ochre_tui.migration.verify.context import Verifying
from ochre_tui.migration.verify.model import RUN, Check, Difference, Found
from ochre_tui.store import checklist

LIVE = "live"
_AT_ONCE = 8


async def compare_live(v: Verifying, client: Intercom, number: int) -> Check:
    """Draw so many imported conversations and compare each as Intercom gives it now; paced like an import.

    One that Intercom no longer has is not counted: it stays in Ochre.
    """
    found = Found(LIVE)
    ids = _drawn(v, number)
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        for id_, fresh in zip(some, await asyncio.gather(*(_read(client, id_) for id_ in some)), strict=True):
            if fresh is not None:
                found.compared(_compared(v, id_, fresh))
        v.told(LIVE, found.number)
    return found.check()


def _drawn(v: Verifying, number: int) -> list[str]:
    there = checklist.imported(v.store.conn, unseen=False)
    places = v.rng.sample(range(there), min(number, there))
    return [checklist.nth_imported(v.store.conn, place, unseen=False) for place in sorted(places)]


async def _read(client: Intercom, id_: str) -> Json | RecordError | None:
    try:
        return (await client.read(f"/conversations/{id_}")).json
    except (NotFound, Gone):
        return None
    except RecordError as error:
        return error


def _compared(v: Verifying, id_: str, fresh: Json | RecordError) -> Iterator[Difference]:
    if isinstance(fresh, RecordError):
        yield Difference("conversations", id_, "", "an answer", fresh.title, RUN)
        return
    there = v.target.thread(conversation_id(v.workspace, id_))
    if there is not None and _newer(fresh, there.conversation.updated_at):
        now, then = read_time(fresh.get("updated_at")), there.conversation.updated_at
        yield Difference("conversations", id_, "updated_at", now, then, RUN)
        return
    try:
        wanted = v.again.converted(fresh)
    except RecordError as error:
        yield Difference("conversations", id_, "", "a readable answer", error.title, RUN)
        return
    yield from differences("conversations", id_, wanted, there)


def _newer(fresh: Json, held: int | None) -> bool:
    """Whether it changed in Intercom since it was read: all that differs then is explained by that."""
    now = read_time(fresh.get("updated_at"))
    return now is not None and held is not None and now > held
