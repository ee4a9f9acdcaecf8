"""Intercom's query language: filters, groups, sorting, and pages that go on from a key."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Generic, Literal, TypeVar

from ochre_tui.sandbox.exchange import ApiError, Json
from ochre_tui.sandbox.paging import decode_cursor, encode_cursor, pages, per_page

Row = TypeVar("Row")
Key = tuple[float, int | str]
Test = Callable[[Any], bool]
Kind = Literal["time", "day", "number", "text", "flag", "ids"]

MOST_LEVELS = 2
MOST_FILTERS = 15
DAY_S = 86_400

_EQUAL = {"=", "!=", "IN", "NIN"}
_ORDER = {">", "<", ">=", "<="}
OPERATORS: Mapping[Kind, frozenset[str]] = {
    "time": frozenset(_EQUAL | _ORDER),
    "day": frozenset({"=", ">", "<"}),
    "number": frozenset(_EQUAL | _ORDER),
    "text": frozenset(_EQUAL | {"~", "!~", "^", "$"}),
    "flag": frozenset({"=", "!="}),
    "ids": frozenset(_EQUAL),
}


@dataclass(frozen=True, slots=True)
class Field(Generic[Row]):
    """One thing to search by, and how to read it from a row."""

    kind: Kind
    read: Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class Language(Generic[Row]):
    """The fields of one resource; `inclusive` makes `>` and `<` mean "or equal", as Intercom's page says."""

    fields: Mapping[str, Field[Row]]
    zone: tzinfo
    inclusive: bool = False

    def compile(self, query: Any, level: int = 0) -> Callable[[Row], bool]:
        """The test that `query` describes."""
        if not isinstance(query, dict) or "operator" not in query or "value" not in query:
            raise ApiError(400, "parameter_invalid", "A query needs an operator and a value")
        if query["operator"] in {"AND", "OR"} and "field" not in query:
            return self._group(query, level + 1)
        return self._filter(query)

    def _group(self, query: Json, level: int) -> Callable[[Row], bool]:
        members = query["value"]
        if level > MOST_LEVELS:
            raise ApiError(400, "parameter_invalid", f"Queries can be nested {MOST_LEVELS} levels deep at most")
        if not isinstance(members, list) or not members:
            raise ApiError(400, "parameter_invalid", "AND and OR need a list of filters")
        if len(members) > MOST_FILTERS:
            raise ApiError(400, "parameter_invalid", f"A group can have {MOST_FILTERS} filters at most")
        tests = [self.compile(member, level) for member in members]
        if query["operator"] == "AND":
            return lambda row: all(test(row) for test in tests)
        return lambda row: any(test(row) for test in tests)

    def _filter(self, query: Json) -> Callable[[Row], bool]:
        name, operator, value = query.get("field"), query["operator"], query["value"]
        field = self.fields.get(name) if isinstance(name, str) else None
        if field is None:
            raise ApiError(400, "parameter_invalid", f"'{name}' is not a searchable field")
        if operator not in OPERATORS[field.kind]:
            raise ApiError(400, "parameter_invalid", f"Operator '{operator}' is not valid for '{name}'")
        test = self._test(field.kind, operator, value)
        read = field.read
        return lambda row: test(read(row))

    def _test(self, kind: Kind, operator: str, value: Any) -> Test:
        if operator in {"IN", "NIN"}:
            if not isinstance(value, list):
                raise ApiError(400, "parameter_invalid", f"{operator} needs a list of values")
            tests = [self._test(kind, "=", member) for member in value]
            wanted = operator == "IN"
            return lambda seen: any(test(seen) for test in tests) is wanted
        if operator in {"!=", "!~"}:
            test = self._test(kind, operator[1:], value)
            return lambda seen: not test(seen)
        if kind == "day":
            return self._day_test(operator, _number(value))
        if kind in {"time", "number"}:
            return _order_test(operator, None if value is None else _number(value), inclusive=self.inclusive)
        return _text_test(kind, operator, value)

    def _day_test(self, operator: str, moment: float) -> Test:
        """Whole days of the workspace's time zone: `>` starts with the next day, `<` ends before this one."""
        day = datetime.fromtimestamp(moment, self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        start = day.timestamp()
        end = (day + timedelta(days=1)).timestamp()
        if operator == "=":
            return lambda seen: seen is not None and start <= seen < end
        if operator == ">":
            return lambda seen: seen is not None and seen >= end
        return lambda seen: seen is not None and seen < start


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ApiError(400, "parameter_invalid", f"{value!r} is not a number")
    try:
        return float(value)
    except ValueError as error:
        raise ApiError(400, "parameter_invalid", f"{value!r} is not a number") from error


def _order_test(operator: str, value: float | None, *, inclusive: bool) -> Test:
    if operator == "=":
        return lambda seen: seen == value
    if value is None:
        raise ApiError(400, "parameter_invalid", f"Operator '{operator}' needs a value")
    if operator == ">=" or (operator == ">" and inclusive):
        return lambda seen: seen is not None and seen >= value
    if operator == "<=" or (operator == "<" and inclusive):
        return lambda seen: seen is not None and seen <= value
    if operator == ">":
        return lambda seen: seen is not None and seen > value
    return lambda seen: seen is not None and seen < value


def _text_test(kind: Kind, operator: str, value: Any) -> Test:
    if kind == "ids":
        wanted = str(value)
        return lambda seen: any(str(member) == wanted for member in seen)
    if kind == "flag":
        flag = value if isinstance(value, bool) else str(value).lower() == "true"
        return lambda seen: bool(seen) is flag
    if operator == "=":
        return lambda seen: seen is None if value is None else seen is not None and str(seen) == str(value)
    word = str(value).casefold()
    if operator == "~":
        return lambda seen: seen is not None and word in str(seen).casefold()
    if operator == "^":
        return lambda seen: seen is not None and str(seen).casefold().startswith(word)
    return lambda seen: seen is not None and str(seen).casefold().endswith(word)


def bounds(query: Any, name: str) -> tuple[float, float]:
    """Limits between which every hit's `name` lies, to look at no more rows than needed."""
    low, high = float("-inf"), float("inf")
    members = query["value"] if isinstance(query, dict) and query.get("operator") == "AND" else [query]
    for member in members if isinstance(members, list) else []:
        if not isinstance(member, dict) or member.get("field") != name:
            continue
        operator, value = member.get("operator"), member.get("value")
        if not isinstance(value, int | float | str) or isinstance(value, bool):
            continue
        if operator in {">", ">=", "="}:
            low = max(low, _number(value))
        if operator in {"<", "<=", "="}:
            high = min(high, _number(value))
    return low, high


@dataclass(frozen=True, slots=True)
class Hits(Generic[Row]):
    """The rows that a query found, in ascending order of their keys."""

    keys: list[Key]
    rows: list[Row]

    def after(self, key: Key | None, *, descending: bool, size: int) -> tuple[list[Row], Key | None]:
        """The next `size` rows beyond `key`, and the key to go on from if more follow."""
        if descending:
            end = len(self.keys) if key is None else bisect_left(self.keys, key)
            start = max(0, end - size)
            return self.rows[start:end][::-1], self.keys[start] if start > 0 else None
        start = 0 if key is None else bisect_right(self.keys, key)
        end = start + size
        return self.rows[start:end], self.keys[end - 1] if end < len(self.keys) else None


def gather(rows: Sequence[Row], test: Callable[[Row], bool], key: Callable[[Row], Key]) -> Hits[Row]:
    """All rows that pass `test`, sorted by `key`."""
    keyed = sorted(((key(row), row) for row in rows if test(row)), key=lambda pair: pair[0])
    return Hits([pair[0] for pair in keyed], [pair[1] for pair in keyed])


@dataclass(frozen=True, slots=True)
class Request:
    """The part of a search body that says which page is wanted in which order."""

    sort: str
    descending: bool
    size: int
    after: Key | None
    page: int


def read_request(body: Json, *, sortable: Mapping[str, Field[Any]], default_size: int) -> Request:
    """`sort` and `pagination` of a search body; newest-updated first unless told."""
    sort = body.get("sort") or {}
    pagination = body.get("pagination") or {}
    if not isinstance(sort, dict) or not isinstance(pagination, dict):
        raise ApiError(400, "parameter_invalid", "sort and pagination must be objects")
    name, order = sort.get("field", "updated_at"), sort.get("order", "descending")
    if order not in {"ascending", "descending"}:
        raise ApiError(400, "invalid_sort_order", "sort order must be 'ascending' or 'descending'")
    if name not in sortable:
        raise ApiError(400, "parameter_invalid", f"'{name}' is not a sortable field")
    size = per_page(pagination.get("per_page"), default=default_size, most=150)
    after, page = read_cursor(pagination.get("starting_after"))
    return Request(name, order == "descending", size, after, page)


def read_cursor(cursor: object) -> tuple[Key | None, int]:
    """The key that a cursor goes on from, and the number of its page."""
    if cursor in (None, ""):
        return None, 1
    value, ident, page = decode_cursor(str(cursor), 3)
    return (float(value) / 1000, ident), int(page)


def write_cursor(key: Key, page: int) -> str:
    """The cursor that goes on after `key` with page `page`."""
    return encode_cursor([round(key[0] * 1000), key[1], page])


def described(request: Request, total: int, last: Key | None) -> Json:
    """The `pages` object of a search; `last` is the key to go on from, None on the last page."""
    out = pages(request.page, request.size, total)
    if last is not None:
        out["next"] = {"page": request.page + 1, "starting_after": write_cursor(last, request.page + 1)}
    return out
