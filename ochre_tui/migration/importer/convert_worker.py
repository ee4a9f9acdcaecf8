"""A process that converts records for the importer: it has no token, asks nothing of the network and writes nothing."""

from __future__ import annotations

import contextlib
import copyreg
import gc
import io
import os
import pickle
import signal
import socket
import sqlite3
import struct
from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from ochre_tui.migration.convert.attachments import FileRef
from ochre_tui.migration.convert.context import Lookups, StoredFile
from ochre_tui.migration.convert.conversation import Converted
from ochre_tui.migration.importer.convert_record import (
    ConvertedRecord,
    FailedRecord,
    FetchedFiles,
    Outline,
    RecordConverter,
    SourceRecord,
    WantedFiles,
)
from ochre_tui.migration.importer.customers import CustomerIds, CustomerLookup
from ochre_tui.ochre.records import Attachment, Author, Conversation, Message, Thread
from ochre_tui.store.admin_parts import StaffPart
from ochre_tui.store.people import Seen
from ochre_tui.store.worklist import Pending

LENGTH: Final = struct.Struct("!I")
"""What stands before each message: how long it is."""
_LESS_URGENT: Final = 10
_FEW_COLLECTIONS: Final = (50_000, 50, 100)


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """What a worker begins with; `state_db` is only looked into."""

    lookups: Lookups
    listed_admins: frozenset[str]
    state_db: Path


def serve(descriptor: int) -> None:
    """Answer lists of Request with lists of Answer on a socket until its other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_LESS_URGENT)  # the screen and the requests come first
    gc.set_threshold(*_FEW_COLLECTIONS)
    with (
        socket.socket(fileno=descriptor) as connection,
        connection.makefile("rwb") as stream,
        contextlib.suppress(EOFError, ConnectionError),
    ):
        setup = _receive(stream)
        conn = sqlite3.connect(f"{setup.state_db.as_uri()}?mode=ro", uri=True)
        converter = RecordConverter(setup.lookups, setup.listed_admins, CustomerLookup(conn, setup.lookups.workspace))
        while True:
            answers = [converter.convert(request) for request in _receive(stream)]
            stream.write(message(answers))
            stream.flush()


def message(value: Any) -> bytes:
    """`value` as it goes over the socket."""
    body = io.BytesIO()
    body.write(LENGTH.pack(0))
    _Pickler(body, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    length = body.tell() - LENGTH.size
    body.seek(0)
    body.write(LENGTH.pack(length))
    return body.getvalue()


def _receive(stream: io.BufferedRWPair) -> Any:
    (length,) = LENGTH.unpack(_exactly(stream, LENGTH.size))
    return pickle.loads(_exactly(stream, length))  # noqa: S301 - the importer itself is at the other end


def _exactly(stream: io.BufferedRWPair, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _by_fields(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    values = attrgetter(*(field.name for field in fields(kind)))
    return lambda value: (kind, values(value))


class _Pickler(pickle.Pickler):
    """Takes frozen dataclasses field by field: several times quicker than the way they have by themselves."""

    dispatch_table = copyreg.dispatch_table | {
        kind: _by_fields(kind)
        for kind in (
            Attachment,
            Author,
            Conversation,
            Converted,
            ConvertedRecord,
            CustomerIds,
            FailedRecord,
            FetchedFiles,
            FileRef,
            Message,
            Outline,
            Pending,
            Seen,
            SourceRecord,
            StaffPart,
            StoredFile,
            Thread,
            WantedFiles,
        )
    }
