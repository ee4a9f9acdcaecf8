"""The plan: what is imported, who becomes whom, which attribute becomes which field."""

from __future__ import annotations

import datetime
import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from ochre_tui.core.errors import UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.ochre.records import FieldType, Scope

RangeWord: TypeAlias = Literal["all", "2y", "6m"]
State: TypeAlias = Literal["open", "closed", "snoozed"]
Channel: TypeAlias = Literal["messenger", "email", "other"]
InvitedRole: TypeAlias = Literal["admin", "agent", "light_agent"]
PlanScope: TypeAlias = Literal["contact", "company", "conversation"]

STATES: Final[tuple[State, ...]] = ("open", "closed", "snoozed")
CHANNELS: Final[tuple[Channel, ...]] = ("messenger", "email", "other")
SCOPES: Final[dict[PlanScope, Scope]] = {"contact": "customer", "company": "company", "conversation": "conversation"}
SELECTS: Final[frozenset[FieldType]] = frozenset({"single_select", "multi_select"})
FIELD_TYPES: Final[tuple[FieldType, ...]] = get_args(FieldType)
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_END: Final = re.compile(rf"{_TIME.pattern}|24:00")
_TIME_FORM: Final = 'a time of the day in quotes, as in "09:00"'
KEY_FORM: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
MOST_DAYS: Final = 36_500
YEARS: Final = (1970, 2200)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a key of the plan (a dotted TOML key; "" for the whole file), and what would be right."""

    key: str
    error: str


class PlanError(UsageError):
    """The plan can't be used; `errors` holds every problem, each with its key."""

    def __init__(self, errors: Iterable[Problem]) -> None:
        self.errors = list(errors)
        count = "an error" if len(self.errors) == 1 else f"{len(self.errors)} errors"
        lines = "\n".join(f"{problem.key or 'plan.toml'}: {problem.error}" for problem in self.errors)
        super().__init__(f"The plan has {count}.", advice=lines)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, validate_by_name=True, validate_by_alias=True)


class Dates(_Table):
    """Calendar days in the workspace's time zone: from the first one, before the second one."""

    from_: datetime.date = Field(alias="from")
    to: datetime.date

    @model_validator(mode="after")
    def _in_order(self) -> Dates:
        ends = (("from", self.from_), ("to", self.to))
        problems = [(key, f"must be from {YEARS[0]} to {YEARS[1]}") for key, day in ends if not _likely(day)]
        if self.to <= self.from_:
            problems.append(("to", "must be later than `from`"))
        _refuse(self, problems)
        return self


def _likely(day: datetime.date) -> bool:
    return YEARS[0] <= day.year <= YEARS[1]


def _range_form(value: object) -> str:
    return "dates" if isinstance(value, (Mapping, Dates)) else "word"


Range: TypeAlias = Annotated[
    Annotated[RangeWord, Tag("word")] | Annotated[Dates, Tag("dates")], Discriminator(_range_form)
]


class Import(_Table):
    """Which conversations and contacts are imported, and what comes with them."""

    range: Range = "all"
    states: tuple[State, ...] = Field(default=STATES, strict=False)
    exclude_closed_older_than_days: int = Field(default=0, ge=0, le=MOST_DAYS)
    channels: tuple[Channel, ...] = Field(default=CHANNELS, strict=False)
    contacts: Literal["all", "with-conversations"] = "all"
    attachments: bool = True
    inline_images: bool = True
    saved_replies: bool = True
    deleted: Literal["keep", "remove"] = "keep"

    @field_validator("states", "channels")
    @classmethod
    def _some_and_once(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if not values:
            raise PydanticCustomError("plan", "is empty: name at least one, or leave the line out for all")
        if len(set(values)) < len(values):
            raise PydanticCustomError("plan", "names one twice")
        return values


class PaceWindow(_Table):
    """Quiet hours: from one time of the day (HH:MM, workspace time zone) to before another, over midnight if that is
    earlier; `percent` is the share of Intercom's limit that we use then."""

    from_: str = Field(alias="from")
    to: str
    percent: int = Field(ge=1, le=100)

    @field_validator("from_")
    @classmethod
    def _begin(cls, value: str) -> str:
        return _time_of_day(value, _TIME)

    @field_validator("to")
    @classmethod
    def _end(cls, value: str) -> str:
        return _time_of_day(value, _END)

    @model_validator(mode="after")
    def _in_order(self) -> PaceWindow:
        if self.from_ == self.to:
            _refuse(self, [("to", 'must differ from `from`; a whole day is from = "00:00", to = "24:00"')])
        return self


def _time_of_day(value: str, form: re.Pattern[str]) -> str:
    if not form.fullmatch(value):
        raise PydanticCustomError("plan", "must be {time}, not {value}", {"time": _TIME_FORM, "value": _shown(value)})
    return value


class Pace(_Table):
    """How much of Intercom's limit is used, by the time of the day."""

    windows: tuple[PaceWindow, ...] = Field(default=(), strict=False)


class AdminEntry(_Table):
    """What an Intercom admin becomes; `user` counts for a match, `role` for an invitation."""

    action: Literal["match", "invite", "skip"]
    user: str | None = None
    role: InvitedRole = "agent"

    @model_validator(mode="after")
    def _complete(self) -> AdminEntry:
        problems = []
        if self.action == "match" and self.user is None:
            problems.append(("user", 'is missing: the e-mail address of an Ochre user, as in user = "ana@example.com"'))
        elif self.action == "match" and "@" not in (self.user or ""):
            problems.append(("user", "must be the e-mail address of an Ochre user"))
        _refuse(self, problems)
        return self


class FieldEntry(_Table):
    """What a custom attribute becomes; `type` and `options` count for a field that is created."""

    action: Literal["create", "map", "skip"]
    key: str | None = None
    type: FieldType | None = None
    options: tuple[str, ...] | None = Field(default=None, strict=False)

    @model_validator(mode="after")
    def _complete(self) -> FieldEntry:
        problems: list[tuple[str, str]] = []
        if self.action != "skip" and self.key is None:
            whose = "the new field's" if self.action == "create" else "an existing field's"
            problems.append(("key", f'is missing: {whose} key, as in key = "plan_tier"'))
        if self.action == "create":
            problems += self._of_a_new_field()
        _refuse(self, problems)
        return self

    def _of_a_new_field(self) -> Iterable[tuple[str, str]]:
        if self.key is not None and not KEY_FORM.fullmatch(self.key):
            yield "key", "must be a small letter and then up to 62 small letters, digits or _, as in plan_tier"
        if self.type is None:
            yield "type", f"is missing: {_choice(FIELD_TYPES)}"
        elif self.type not in SELECTS and self.options:
            yield "options", f"only single_select and multi_select have options, not {self.type}: leave it out"
        elif self.type in SELECTS and not self.options:
            yield "options", 'is missing: what can be selected, as in options = ["free", "pro"]'
        if self.options is not None and (len(set(self.options)) < len(self.options) or "" in self.options):
            yield "options", "holds one twice, or an empty one"


class Fields(_Table):
    """The entries of custom attributes, by scope and the attribute's name in Intercom."""

    contact: dict[str, FieldEntry] = Field(default_factory=dict)
    company: dict[str, FieldEntry] = Field(default_factory=dict)
    conversation: dict[str, FieldEntry] = Field(default_factory=dict)

    def of(self, scope: PlanScope) -> dict[str, FieldEntry]:
        """The entries of one scope."""
        entries: dict[str, FieldEntry] = getattr(self, scope)
        return entries


class Plan(_Table):
    """A whole plan; without any key it is the default one."""

    import_: Import = Field(default_factory=Import, alias="import")
    pace: Pace = Field(default_factory=Pace)
    admins: dict[str, AdminEntry] = Field(default_factory=dict)
    fields: Fields = Field(default_factory=Fields)


def parse_plan(text: str) -> Plan:
    """The plan in `text` (TOML); raises PlanError with every problem that the text alone shows."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError([Problem("", f"is not valid TOML: {clean_line(str(error))}")]) from error
    try:
        return Plan.model_validate(document)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise PlanError(Problem(toml_key(_place(detail)), _words(detail)) for detail in details) from None


def toml_key(parts: Iterable[str | int]) -> str:
    """The dotted TOML key of `parts`, each quoted where it needs to be; list indexes in brackets."""
    key = ""
    for part in parts:
        if isinstance(part, int):
            key += f"[{part}]"
        else:
            key += ("." if key else "") + _key_part(part)
    return key


def _key_part(part: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_-]+", part) and not part.isdigit():
        return part
    escaped = part.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in escaped) + '"'


def _place(detail: ErrorDetails) -> tuple[str | int, ...]:
    place = detail["loc"]
    # The form of a range ("word" or "dates") is pydantic's, not a key of the file.
    return place[:2] + place[3:] if place[:2] == ("import", "range") else place


def _refuse(table: BaseModel, problems: Iterable[tuple[str, str]]) -> None:
    lines: list[InitErrorDetails] = [
        {"type": PydanticCustomError("plan", "{what}", {"what": what}), "loc": (key,), "input": None}
        for key, what in problems
    ]
    if lines:
        raise ValidationError.from_exception_data(type(table).__name__, lines)


def _words(detail: ErrorDetails) -> str:
    value = detail.get("input")
    match detail["type"]:
        case "plan":
            return detail["msg"]
        case "extra_forbidden":
            return _unknown(detail["loc"])
        case "missing":
            return f"is missing: {_right(detail['loc'])}"
        case "greater_than_equal" | "less_than_equal" if detail["loc"][0] == "import":
            return f"must be from 0 to {MOST_DAYS}, not {_shown(value)}"
        case _:
            return f"must be {_right(detail['loc'])}, not {_shown(value)}"


_EXPECTED: Final[dict[str, str]] = {
    "import": "a table: [import]",
    "pace": "a table: [pace]",
    "windows": "a list of tables: [[pace.windows]]",
    "percent": "a whole number from 1 to 100",
    "admins": 'a table of tables: [admins."814860"]',
    "fields": 'a table of tables: [fields.contact."Plan Tier"]',
    "range": '"all", "2y", "6m" or { from = 2024-01-01, to = 2025-01-01 }',
    "from": "a date, as in 2024-01-01",
    "to": "a date, as in 2025-01-01",
    "states": f"a list of {', '.join(STATES)}",
    "exclude_closed_older_than_days": "a whole number of days (0 keeps all)",
    "channels": f"a list of {', '.join(CHANNELS)}",
    "contacts": '"all" or "with-conversations"',
    "attachments": "true or false",
    "inline_images": "true or false",
    "saved_replies": "true or false",
    "deleted": '"keep" or "remove"',
    "user": "an e-mail address in quotes",
    "role": '"admin", "agent" or "light_agent"',
    "key": "text in quotes",
    "type": "",
    "options": "a list of texts",
}


def _right(place: tuple[str | int, ...]) -> str:
    """What would be right at `place`, in words."""
    match place:
        case ("admins", str()):
            return 'a table with action = "match", "invite" or "skip"'
        case ("admins", _, "action"):
            return '"match", "invite" or "skip"'
        case ("fields", str()):
            return _EXPECTED["fields"]
        case ("fields", _, str()):
            return 'a table with action = "create", "map" or "skip"'
        case ("fields", _, _, "action"):
            return '"create", "map" or "skip"'
        case ("fields", _, _, "type"):
            return _choice(FIELD_TYPES)
        case ("pace", *_, (int() | "from" | "to") as key):
            return _TIME_FORM if isinstance(key, str) else 'a table with from = "09:00", to = "18:00" and percent = 20'
        case ("import", ("states" | "channels") as key, int()):
            return _choice(STATES if key == "states" else CHANNELS)
        case (*_, "options", int()):
            return "text in quotes"
        case (*_, "word"):
            return _EXPECTED["range"]
        case (*_, last):
            return _EXPECTED[str(last)]
        case _:
            return "a table"


def _unknown(place: tuple[str | int, ...]) -> str:
    known = _known_keys(place)
    near = difflib.get_close_matches(str(place[-1]), known, n=1)
    meant = f" (did you mean {near[0]}?)" if near else ""
    return f"is not a key of the plan{meant}; known here: {', '.join(known)}"


def _known_keys(place: tuple[str | int, ...]) -> list[str]:
    tables: dict[str | int, type[BaseModel]] = {"import": Import, "fields": Fields, "pace": Pace}
    match place:
        case (_,):
            table: type[BaseModel] = Plan
        case (name, _) if name in tables:
            table = tables[name]
        case ("pace", *_):
            table = PaceWindow
        case ("admins", *_):
            table = AdminEntry
        case _:
            table = Dates if "dates" in place else FieldEntry
    return [field.alias or name for name, field in table.model_fields.items()]


def _choice(words: Iterable[str]) -> str:
    *most, last = [f'"{word}"' for word in words]
    return f"{', '.join(most)} or {last}"


def _shown(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{clean_line(value, 60)}"'
        case Mapping():
            return "a table"
        case list():
            return "a list"
        case _:
            return clean_line(str(value), 60)
