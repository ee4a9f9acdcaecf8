"""What the import API takes and gives. Records are those of `ochre.records`, checked strictly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model

from ochre_tui.ochre.records import AliasKind, Company, Customer, CustomField, Role, SavedReply, Tag, Thread, User
from ochre_tui.ochre.target import FileDifference, Hit

CONTRACT: Final = "ochre-import"
VERSION = "1.0"
MOST_RECORDS = 1000

Kind: TypeAlias = Literal["user", "custom_field", "tag", "company", "customer", "saved_reply", "thread"]
Sha256: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count: TypeAlias = Annotated[int, Field(ge=0, lt=2**63)]


class Strict(BaseModel):
    """No unknown fields, no value that would have to be guessed at."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Query(BaseModel):
    """Values of a query string are text; they are read as what they should be."""

    model_config = ConfigDict(extra="forbid")


class Problem(Strict):
    """What is wrong: `code` for programs, `message` for people, `field` as a path into what was sent."""

    code: str
    message: str
    field: str | None = None


class Refusal(Strict):
    """The body of every answer that is no success."""

    error: Problem


class WorkspaceInfo(Strict):
    """`id` stays the same whatever the workspace is called."""

    id: str
    slug: str
    name: str


class LimitsInfo(Strict):
    """Of a batch, of a file, and of requests in a window of time."""

    records_per_batch: int
    batch_bytes: int
    file_bytes: int
    requests_per_window: int
    window_s: int


class Silence(Strict):
    """What an imported record sets off: nothing."""

    notifications: Literal[False] = False
    invitation_emails: Literal[False] = False
    surveys: Literal[False] = False
    routing: Literal[False] = False
    auto_replies: Literal[False] = False


class Capabilities(Strict):
    """What this server is and what the token may do; asked first.

    `writes` counts what was ever written: fewer than once before says that the workspace was put back from a copy.
    `state` is another text whenever records may have been written in between.
    """

    contract: Literal["ochre-import"] = CONTRACT
    version: str = VERSION
    workspace: WorkspaceInfo
    role: Role
    kinds: list[Kind]
    limits: LimitsInfo
    writes: Count
    state: str
    back_dated: Literal[True] = True
    sets_off: Silence = Silence()


class UserItem(Strict):
    """A user; one in the state `invited` is an invitation."""

    kind: Literal["user"]
    record: User


class CustomFieldItem(Strict):
    kind: Literal["custom_field"]
    record: CustomField


class TagItem(Strict):
    kind: Literal["tag"]
    record: Tag


class CompanyItem(Strict):
    kind: Literal["company"]
    record: Company


class CustomerItem(Strict):
    """A customer; replaces the aliases that lead to it (`intercom_ids`)."""

    kind: Literal["customer"]
    record: Customer


class SavedReplyItem(Strict):
    kind: Literal["saved_reply"]
    record: SavedReply


class ThreadItem(Strict):
    """A conversation; replaces all its messages, attachments and its alias (`intercom_id`)."""

    kind: Literal["thread"]
    record: Thread


Item: TypeAlias = Annotated[
    UserItem | CustomFieldItem | TagItem | CompanyItem | CustomerItem | SavedReplyItem | ThreadItem,
    Field(discriminator="kind"),
]


class Batch(Strict):
    """Records that are written together: all of them or, where one can't be, none.

    `run` numbers the import run. A record that is sent again in the same run is answered as it was the first time, so
    a batch whose answer was lost is simply sent again.
    """

    run: Count
    records: list[Item] = Field(max_length=MOST_RECORDS)


class Result(Strict):
    """What became of a record."""

    kind: Kind | None
    id: str | None
    outcome: Literal["created", "changed", "unchanged", "error", "not_written"]
    error: Problem | None = None


class BatchResult(Strict):
    """A result for each record, in the order in which they were sent; `writes` as the capabilities tell it."""

    results: list[Result]
    writes: Count


class BatchRefused(Strict):
    """Nothing was written: `error` for each record that can't be, `not_written` for the others."""

    error: Problem
    results: list[Result]


class Named(Strict):
    """A record by kind and id."""

    kind: Kind
    id: str


class Names(Strict):
    """Records by kind and id; those that are not there are no error."""

    records: list[Named] = Field(max_length=MOST_RECORDS)


class Edits(Strict):
    """For each record that is there, by id, whether people changed it since it was written."""

    edited: dict[str, bool]


class Swept(Strict):
    """How many files went."""

    files: int


class After(Query):
    """A page: from after the record with this id, at most `limit` of them, fewer where they are large."""

    after: str = ""
    limit: int = Field(default=500, ge=1, le=1000)


class AfterThread(Query):
    """A page of threads, which are large."""

    after: str = ""
    limit: int = Field(default=50, ge=1, le=100)


class AfterFile(Query):
    """Files to hash again: from after this SHA-256, at most `limit` of them."""

    after: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    limit: int = Field(default=50, ge=1, le=500)


class Words(Query):
    """What to look for."""

    q: str
    limit: int = Field(default=20, ge=1, le=1000)


class ForMigration(Query):
    """The name that the export's `workspace.json` gives for the migration."""

    migration: str = ""


class AliasPath(Query):
    kind: AliasKind
    value: str


class FilePath(Query):
    sha256: Sha256


class ById(Query):
    id: str


class Behind(Strict):
    """The id of the conversation or customer that had this id in Intercom."""

    id: str


class Content(Strict):
    """The bytes of a file; with `size`, only as many count as being there."""

    sha256: Sha256
    size: Count | None = None


class Contents(Strict):
    """Files to ask for."""

    files: list[Content] = Field(max_length=MOST_RECORDS)


class Known(Strict):
    """SHA-256 of the files that are there."""

    sha256: list[Sha256]


class Hits(Strict):
    customers: list[Hit]


class FileCheck(Strict):
    """What differs among the files that were hashed; `next` is where to go on, null at the end."""

    differences: list[FileDifference]
    next: str | None


def page_of(record: Callable[..., Any]) -> type[BaseModel]:
    """The model of a page of records of this type."""
    name = record.__name__
    return create_model(
        f"{name}Page",
        __base__=Strict,
        __doc__=f"{name} records by ascending id; `next` is what to ask after for more, null at the end.",
        records=(list[record], ...),  # type: ignore[valid-type]  # a type, which mypy can't know
        next=(str | None, ...),
    )


def of_record(record: Callable[..., Any]) -> type[BaseModel]:
    """The model whose JSON is the record's own."""
    return create_model(record.__name__ + "Record", __base__=RootModel[record])  # type: ignore[valid-type]  # as above
