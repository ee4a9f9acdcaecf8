"""What a scan finds: the contract's `scan` document, stored as JSON and enough for `plan --auto`."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from ochre_tui.migration.plan.model import Channel, PlanScope, State
from ochre_tui.ochre.records import FieldType
from ochre_tui.store.store import Store

DISTINCT_CAP = 200
EXAMPLES = 5
_KEY = "scan"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Interval(_Part):
    """An estimate; equal ends where nothing had to be estimated."""

    low: int
    likely: int
    high: int


class ScannedWorkspace(_Part):
    id_code: str
    name: str | None
    region: str | None
    timezone: str | None


class ConversationCounts(_Part):
    """Conversations by Intercom's state, by its `source.type` ("none" for null) and by the month of `created_at`."""

    by_state: dict[str, int]
    by_channel: dict[str, int]
    by_month: dict[str, int]
    over_500_parts: list[str]


class AttachmentEstimate(_Part):
    """Files and inline images, estimated from `sampled` conversations; `count` is the likely one."""

    count: int
    bytes: Interval
    sampled: int


class AdminSuggestion(_Part):
    """What the plan should do with an admin; a `guess` rests on the name alone."""

    action: Literal["match", "skip"]
    user: str | None = None
    guess: bool = False
    reason: str


class ScannedAdmin(_Part):
    """An admin, listed or only seen in old conversations (`removed`); a bot needs no decision and has no suggestion.

    `conversations` counts those that the admin takes part in or has assigned, as listings tell; `sampled_messages`
    the messages written in the sampled conversations.
    """

    id: str
    name: str | None
    email: str | None
    is_bot: bool
    removed: bool
    conversations: int = 0
    sampled_messages: int = 0
    suggestion: AdminSuggestion | None = None


class FieldSuggestion(_Part):
    """What the plan should do with an attribute."""

    action: Literal["create", "map", "skip"]
    key: str | None = None
    type: FieldType | None = None
    options: list[str] = Field(default_factory=list)
    reason: str


class TextUse(_Part):
    """What a select field would meet, for any options: records by their text, and lists by the texts in them.

    `lists` counts the records whose value is a list, `odd_lists` those of them that hold something which is no text.
    """

    alone: dict[str, int] = Field(default_factory=dict)
    in_lists: dict[str, int] = Field(default_factory=dict)
    lists: int = 0
    odd_lists: int = 0


class ScannedField(_Part):
    """A custom attribute and its use.

    `usage` counts the records with a value, `distinct` its values (elements, where they are lists) up to 200, which
    `values` holds as text for attributes that could become a select field. `misfits` counts the records whose value
    the suggested type does not take, so that it would go to `unmapped`; `misfits_as` counts them for the types without
    options, `texts` allows it for those with options.
    """

    scope: PlanScope
    name: str
    label: str
    data_type: str
    options: list[str]
    archived: bool
    usage: int = 0
    examples: list[JsonValue] = Field(default_factory=list)
    distinct: int = 0
    distinct_capped: bool = False
    values: list[str] = Field(default_factory=list)
    lists: bool = False
    misfits: int = 0
    misfits_as: dict[FieldType, int] = Field(default_factory=dict)
    texts: TextUse | None = None
    suggestion: FieldSuggestion | None = None


WarningCode: TypeAlias = Literal[
    "over_500_parts",
    "restricted_macros",
    "contacts_will_merge",
    "archived_attributes",
    "undefined_attributes",
    "misfitting_values",
    "missing_scope",
    "unavailable",
    "same_name_admins",
    "unreadable_times",
    "small_sample",
    "no_rate_limit",
]


class ScanWarning(_Part):
    """A problem to expect; `ids` are the first 20 of `count`."""

    code: WarningCode
    message: str
    count: int
    ids: list[str] = Field(default_factory=list)


class Stratum(_Part):
    """So many conversations of one state and channel that were created, and last updated, in these months.

    Months as `YYYY-MM` in the workspace's time zone, "none" where Intercom tells no readable time.
    """

    created: str
    updated: str
    state: State
    channel: Channel
    count: int


class Basis(_Part):
    """What a forecast for a part of the conversations starts from; kept with the result, no part of the document.

    `images` are the inline images among the attachments, `besides` the requests that are not for a conversation,
    `limit` Intercom's per window.
    """

    strata: list[Stratum]
    images: AttachmentEstimate
    besides: int
    limit: int | None
    latency_s: float


class ScanResult(_Part):
    workspace: ScannedWorkspace
    counts: dict[str, int]
    conversations: ConversationCounts
    attachments: AttachmentEstimate
    estimate_s: Interval
    admins: list[ScannedAdmin]
    fields: list[ScannedField]
    left_behind: dict[str, int | None]
    warnings: list[ScanWarning]
    basis: Basis | None = None

    def document(self) -> dict[str, Any]:
        """The contract's `scan` document."""
        return self.model_dump(mode="json", exclude={"basis"})


def keep(store: Store, result: ScanResult) -> None:
    """Keep the result as the migration's last scan."""
    store.set(_KEY, result.model_dump(mode="json"))


def last_scan(store: Store) -> ScanResult | None:
    """The result that was kept; None before the first scan."""
    document = store.get(_KEY)
    return None if document is None else ScanResult.model_validate(document)


def drop_examples(store: Store) -> None:
    """Take the example values out of the scan that is kept: they are people's data."""
    result = last_scan(store)
    if result is not None:
        fields = [field.model_copy(update={"examples": []}) for field in result.fields]
        keep(store, result.model_copy(update={"fields": fields}))
