"""Counts for comparing both sides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ochre_tui.ochre.embedded.counts import counts
from ochre_tui.ochre.embedded.workspace import open_workspace
from ochre_tui.ochre.records import Status, Tag, Thread
from tests.support.records import BARE_CONVERSATION


def conversation(number: int, status: Status, channel: str, created: str | None) -> Thread:
    at = None if created is None else int(datetime.fromisoformat(created).replace(tzinfo=UTC).timestamp())
    return Thread(
        replace(
            BARE_CONVERSATION,
            id=f"cnv_{number}",
            intercom_id=str(number),
            status=status,
            channel=channel,
            created_at=at,
        )
    )


@pytest.mark.parametrize(
    ("zone", "months"),
    [
        ("UTC", {"1970-01": 1, "2024-02": 2, "2024-03": 1, "none": 1}),
        ("Asia/Kathmandu", {"1970-01": 1, "2024-02": 1, "2024-03": 2, "none": 1}),
        ("America/St_Johns", {"1969-12": 1, "2024-02": 3, "none": 1}),
    ],
)
def test_counts(tmp_path: Path, zone: str, months: dict[str, int]) -> None:
    workspace = open_workspace(tmp_path, "acme", "Acme")
    workspace.put(
        1,
        [
            conversation(1, "open", "Intercom Email", "2024-02-29T18:14:59"),
            conversation(2, "open", "Intercom SMS", "2024-02-29T18:15:00"),
            conversation(3, "closed", "Intercom SMS", "2024-03-01T03:29:59"),
            conversation(4, "closed", "Intercom SMS", None),
            conversation(5, "closed", "Intercom SMS", "1970-01-01T00:00:01"),
            Tag("tag_1", "bug"),
        ],
    )

    found = counts(workspace, ZoneInfo(zone))

    assert found.by_month == months
    assert found.by_state == {"closed": 3, "open": 2}
    assert found.by_channel == {"Intercom Email": 1, "Intercom SMS": 4}
    assert found.kinds == {
        "users": 0,
        "custom_fields": 0,
        "tags": 1,
        "saved_replies": 0,
        "companies": 0,
        "customers": 0,
        "conversations": 5,
        "messages": 0,
        "attachments": 0,
        "aliases": 5,
    }
    workspace.close()
