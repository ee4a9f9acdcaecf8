"""One record that can't be converted or stored stops itself alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ochre_tui.core.errors import RecordError
from ochre_tui.core.exact_json import loads
from ochre_tui.intercom.json_codec import BadBodyError, Json, parse
from ochre_tui.ochre.target import Outcome, Record, Target


@contextmanager
def record_errors() -> Iterator[None]:
    """Turn what a rule raises on data that it can't handle into RecordError."""
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise RecordError(
            f"It can't be converted ({type(error).__name__}).",
            meaning="Nothing of this record was imported.",
            advice="Look at it in Intercom, and report this as a defect of ochre-tui.",
        ) from error


def put_each(target: Target, run: int, records: Sequence[Record]) -> list[Outcome | RecordError]:
    """Put all at once; where that fails one by one, so that a single bad record does not hold up the others."""
    try:
        return list(target.put(run, records))
    except RecordError:
        return [_put_single(target, run, record) for record in records]


def _put_single(target: Target, run: int, record: Record) -> Outcome | RecordError:
    try:
        return target.put(run, [record])[0]
    except RecordError as error:
        return error


def load_again(raw: bytes) -> Json:
    """The same for bytes that `load` or the client has read before: their depth need not be looked at once more."""
    try:
        value = loads(raw)
    except ValueError:
        return load(raw)
    return value if isinstance(value, dict) else load(raw)


def load(raw: bytes) -> Json:
    """The record in archived bytes; RecordError where they are no JSON object."""
    try:
        return parse(raw)
    except BadBodyError as error:
        raise RecordError(f"The archived record can't be read: {error}.", advice="Run again to fetch it.") from error
