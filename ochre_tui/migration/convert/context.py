"""What conversion has to know besides the record: the plan's mappings and where things went in Ochre."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal, TypeAlias

from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.ochre.records import FieldType, Scope

RULES_VERSION: Final = 2
"""Of the rules of the conversion: what was converted by those of another version is converted again."""


class Skip(Enum):
    """The plan's word that an attribute stays behind."""

    SKIP = "skip"


SKIP: Final = Skip.SKIP


@dataclass(frozen=True, slots=True)
class FieldRule:
    """The custom field that an attribute goes to."""

    key: str
    type: FieldType
    options: tuple[str, ...] = ()


Rules: TypeAlias = Mapping[str, FieldRule | Literal[Skip.SKIP]]


@dataclass(frozen=True, slots=True)
class StaffMember:
    """The Ochre user an Intercom admin became; `assignable` if active or invited."""

    user_id: str
    email: str | None
    name: str | None
    assignable: bool
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What became of a download; `size` and `content_type` are those of the bytes served."""

    state: Literal["stored", "missing"]
    sha256: str | None = None
    size: int | None = None
    content_type: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Lookups:
    """Everything a conversion looks up; all keys are Intercom ids as strings unless said otherwise.

    `workspace` is Intercom's id_code. `staff` by admin id. `teams` gives names. `tags` gives Ochre's tag names.
    `fields` by scope and Intercom's attribute name. `customers` (by contact id) and `companies` give Ochre's ids and
    are complete for the record at hand. `files` by URL path (see `bodies.path_of`).
    """

    workspace: str
    file_hosts: FileHosts
    bot_user_id: str = ""
    staff: Mapping[str, StaffMember] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[Scope, Rules] = field(default_factory=dict)
    customers: Mapping[str, str] = field(default_factory=dict)
    companies: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, StoredFile] = field(default_factory=dict)
    attachments: bool = True
    inline_images: bool = True

    def rules(self, scope: Scope) -> Rules:
        """The plan for the attributes of this scope."""
        return self.fields.get(scope, {})
