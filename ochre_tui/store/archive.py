"""The archive: each source record's raw JSON, compressed, so that nothing needs a second download."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import zstandard

from ochre_tui.core.encryption import BrokenSealError, Seal
from ochre_tui.core.errors import RecordError

_LEVEL = 3


class Archive:
    """Packs and unpacks raw records; one for each thread, as a compressor belongs to one thread.

    `seal` is what the archive that is read is encrypted with, None where it is not.
    """

    def __init__(self, seal: Seal | None = None) -> None:
        self._seal = seal
        self._pack = zstandard.ZstdCompressor(level=_LEVEL)
        self._unpack = zstandard.ZstdDecompressor()

    def pack(self, raw: bytes) -> bytes:
        return self._pack.compress(raw)

    def unpack(self, body: bytes) -> bytes:
        """The bytes that were packed, from what the archive keeps; RecordError where they are damaged."""
        try:
            return self._unpack.decompress(body if self._seal is None else self._seal.unseal(body))
        except (zstandard.ZstdError, BrokenSealError) as error:
            raise RecordError(
                "The archived record is damaged.", advice="Check the disk; a backup of state.db has it."
            ) from error

    def read(self, conn: sqlite3.Connection, kind: str, id_: str) -> bytes | None:
        """The raw JSON of one record, or None where it was never fetched."""
        row = conn.execute("SELECT body FROM archive WHERE kind = ? AND id = ?", (kind, id_)).fetchone()
        return None if row is None else self.unpack(row[0])

    def packed(self, conn: sqlite3.Connection, kind: str, ids: Sequence[str]) -> dict[str, bytes]:
        """What the archive keeps of those of these records that were fetched, to be unpacked."""
        marks = ",".join("?" * len(ids))
        query = f"SELECT id, body FROM archive WHERE kind = ? AND id IN ({marks})"  # noqa: S608 - question marks
        return dict(conn.execute(query, (kind, *ids)))


def write(conn: sqlite3.Connection, seal: Seal | None, kind: str, packed: Iterable[tuple[str, bytes]]) -> None:
    """Keep packed records as (id, body), encrypted where there is a seal."""
    conn.executemany(
        "INSERT INTO archive VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
        [(kind, id_, body if seal is None else seal.seal(body)) for id_, body in packed],
    )


def drop(conn: sqlite3.Connection, kind: str, ids: Iterable[str]) -> None:
    """Keep these records no longer."""
    conn.executemany("DELETE FROM archive WHERE kind = ? AND id = ?", [(kind, id_) for id_ in ids])
