"""Raw records out of the archive."""

from __future__ import annotations

import orjson

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.json_codec import BadBodyError, Json, parse


def load_again(raw: bytes) -> Json:
    """The same for bytes that `load` or the client has read before: their depth need not be looked at once more."""
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return load(raw)
    return found if isinstance(found, dict) else load(raw)


def load(raw: bytes) -> Json:
    """The record in archived bytes; RecordError where they are no JSON object."""
    try:
        return parse(raw)
    except BadBodyError as error:
        raise RecordError(f"The archived record can't be read: {error}.", advice="Run again to fetch it.") from error
