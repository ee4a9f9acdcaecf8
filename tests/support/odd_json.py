"""JSON that Intercom could send, as odd as JSON can express it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

FIELDS = (
    "id type name email title body subject created_at updated_at snoozed_until state priority admin_assignee_id "
    "team_assignee_id source contacts tags conversation_rating rating remark contact ticket custom_attributes "
    "conversation_parts total_count part_type author attachments url filesize content_type assigned_to redacted "
    "event_details attribute value previous updated_attribute_data ticket_state statistics linked_objects data "
    "external_id role phone companies merge_history source_contact_id has_more plan size monthly_spend company_id "
    "visible_to visible_to_team_ids body_text options label full_name from_ai_agent Plan"
)

NAMES = FIELDS.split()

TEXT = st.text(st.characters(), max_size=12) | st.sampled_from(
    [
        "",
        "0",
        "note",
        "user",
        "admin",
        "open",
        "<p>x<img src=https://a.intercomcdn.com/x/y></p>",
        "\ud800",
        "\0",
        "1e400",
    ]
)

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.sampled_from([0, 1, 1_700_000_000])
    | st.floats()
    | TEXT
)

TREES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | TEXT, inner, max_size=6),
    max_leaves=40,
)

OBJECTS = st.dictionaries(st.sampled_from(NAMES), TREES, max_size=12)

IDS = st.sampled_from(["7", 7]) | TREES


def shaped(*, optional: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of the right shape in which anything may stand where a value should."""
    return st.fixed_dictionaries({}, optional={name: shape | TREES for name, shape in optional.items()})


REF = shaped(optional={"type": TEXT, "id": IDS, "name": TEXT})

AUTHOR = shaped(optional={"type": TEXT, "id": IDS, "name": TEXT, "email": TEXT, "from_ai_agent": TREES})

FILE = shaped(optional={"url": TEXT, "name": TEXT, "filesize": TREES, "content_type": TEXT})

PART = shaped(
    optional={
        "id": IDS,
        "part_type": TEXT,
        "body": TEXT,
        "created_at": TREES,
        "author": AUTHOR,
        "attachments": st.lists(FILE, max_size=2),
        "tags": st.lists(REF, max_size=2),
        "assigned_to": REF,
        "event_details": OBJECTS,
        "redacted": TREES,
    }
)

CONVERSATION = shaped(
    optional={
        "source": PART,
        "conversation_parts": shaped(optional={"conversation_parts": st.lists(PART, max_size=3), "total_count": TREES}),
        "contacts": st.lists(REF, max_size=2),
        "tags": st.lists(REF, max_size=2),
        "conversation_rating": shaped(optional={"rating": TREES, "contact": REF}),
        "custom_attributes": OBJECTS,
        "ticket": shaped(optional={"custom_attributes": OBJECTS}),
        "created_at": TREES,
    }
)
