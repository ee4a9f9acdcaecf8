"""Marks in an expected record for what is the importer's choice; plain JSON, so that they can be sent."""

from __future__ import annotations

import unicodedata
from typing import Any, Final

ANY: Final[dict[str, Any]] = {"$any": True}
TEXT: Final[dict[str, Any]] = {"$text": True}


def one_of(*values: Any) -> Any:
    """Any of the values; the value itself if there is but one."""
    distinct = [value for place, value in enumerate(values) if value not in values[:place]]
    return {"$one_of": distinct} if len(distinct) > 1 else distinct[0]


def unordered(values: list[Any]) -> dict[str, Any]:
    """These values in any order."""
    return {"$unordered": values}


def having(values: dict[str, Any]) -> dict[str, Any]:
    """An object that says at least this."""
    return {"$having": values}


def safe_name(source_name: str | None) -> Any:
    """A file name without separators and control characters of at most 255 bytes: the source's, if that is so."""
    return source_name if source_name is not None and is_safe(source_name) else {"$safe_name": True}


def is_safe(name: str) -> bool:
    risky = any(c in "/\\" or unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in name)
    return bool(name.strip(" .")) and name == name.strip() and not risky and len(name.encode()) <= 255


def agrees(expected: Any, actual: Any) -> bool:
    """Whether `actual` is what the expected value, with its marks, allows."""
    if isinstance(expected, dict) and len(expected) == 1:
        mark, value = next(iter(expected.items()))
        match mark:
            case "$any":
                return True
            case "$text":
                return isinstance(actual, str) and actual != ""
            case "$one_of":
                return any(agrees(choice, actual) for choice in value)
            case "$unordered":
                return isinstance(actual, list) and sorted(map(repr, actual)) == sorted(map(repr, value))
            case "$having":
                return _says(value, actual)
            case "$safe_name":
                return isinstance(actual, str) and _harmless(actual)
    return _equal(expected, actual)


def _equal(expected: Any, actual: Any) -> bool:
    """JSON equality: true is not 1, but 1 is 1.0."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(_equal(value, actual[key]) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(_equal, expected, actual))
    return isinstance(expected, bool) == isinstance(actual, bool) and bool(expected == actual)


def _says(expected: Any, actual: Any) -> bool:
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            key in actual and _says(value, actual[key]) for key, value in expected.items()
        )
    return agrees(expected, actual)


def _harmless(name: str) -> bool:
    risky = any(c in "/\\" or unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in name)
    return name not in ("", ".", "..") and not risky and len(name.encode()) <= 255
