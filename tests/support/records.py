"""Records of Ochre in which nothing stands that need not, for tests to replace what they are about."""

from __future__ import annotations

from ochre_tui.ochre.records import Conversation

BARE_CONVERSATION = Conversation(
    id="cnv_1",
    subject="Hello",
    status="open",
    priority="normal",
    channel="Intercom Email",
    assignee_id=None,
    assignee_email=None,
    assignee_intercom_id=None,
    team=None,
    customer_ids=(),
    tags=(),
    custom_fields={},
    unmapped={},
    rating=None,
    rating_remark=None,
    created_at=None,
    updated_at=None,
    snoozed_until=None,
    intercom_id="1",
    source_part_count=0,
    incomplete=False,
)
