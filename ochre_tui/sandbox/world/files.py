"""Files on the simulated file host: their addresses say what they contain, so none has to be kept.

An address is `/i/o/<app>/<numeric id>/<32 hex digits>/<file name>`. The hex digits hold the kind, whether the file is
gone, its size, the number of its content, and a check sum; the file name is decoration, as it is with Intercom.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from ochre_tui.sandbox.world.body import File
from ochre_tui.sandbox.world.random import digest, generator

KINDS: tuple[tuple[str, str], ...] = (
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("zip", "application/zip"),
    ("csv", "text/csv"),
    ("gif", "image/gif"),
    ("bin", "application/octet-stream"),
)
EXTENSIONS = tuple(extension for extension, _ in KINDS)
STALE_SIZE = 48_211
_LEAST = 64


@dataclass(frozen=True, slots=True)
class FileHost:
    """Makes and serves the files of one workspace; `base` is where they are found, without a slash at the end."""

    seed: int
    app: str
    base: str

    def file(
        self,
        number: int,
        name: str,
        *,
        content: int,
        size: int,
        gone: bool = False,
        declared: str | None = "",
        path_name: str | None = None,
    ) -> File:
        """A file named `name`; `declared` is its stated content type ("" for the true one, None for none)."""
        kind = _kind_of(name)
        fields = f"{kind:02x}{int(gone)}0{size:06x}{content & 0xFFFFFFFFFF:010x}"
        check = digest(self.seed, self.app, number, fields)[:12]
        last = quote(path_name if path_name is not None else name, safe="")
        picture = kind in (0, 1, 6)
        return File(
            url=f"{self.base}/i/o/{self.app}/{number}/{fields}{check}/{last}",
            name=name,
            content_type=KINDS[kind][1] if declared == "" else declared,
            size=STALE_SIZE if gone else content_size(kind, size),
            width=640 if picture else None,
            height=480 if picture else None,
        )

    def read(self, path: str) -> tuple[bytes, str] | None:
        """The bytes and the content type behind a path or an address; None where there is nothing (any more)."""
        parts = path.removeprefix(self.base).split("?", 1)[0].split("/")
        if len(parts) < 7 or parts[:4] != ["", "i", "o", self.app] or len(parts[5]) != 32:
            return None
        fields, check = parts[5][:20], parts[5][20:]
        if digest(self.seed, self.app, parts[4], fields)[:12] != check or fields[2] == "1":
            return None
        kind = int(fields[:2], 16)
        return content_bytes(self.seed, kind, int(fields[10:], 16), int(fields[4:10], 16)), KINDS[kind][1]


def _kind_of(name: str) -> int:
    extension = name.rsplit(".", 1)[-1].lower()
    return EXTENSIONS.index(extension) if extension in EXTENSIONS else EXTENSIONS.index("bin")


def content_bytes(seed: int, kind: int, content: int, size: int) -> bytes:
    """About `size` bytes of the given kind; the same numbers always give the same bytes."""
    return _shaped(kind, generator(seed, 0xF11E, content).randbytes(max(_LEAST, size)))


def content_size(kind: int, size: int) -> int:
    """The length of `content_bytes`, known without making them."""
    return max(_LEAST, size) + _overhead(kind)


@lru_cache(maxsize=len(KINDS))
def _overhead(kind: int) -> int:
    return len(_shaped(kind, bytes(_LEAST))) - _LEAST


def _shaped(kind: int, noise: bytes) -> bytes:
    match EXTENSIONS[kind]:
        case "png":
            return _png(noise)
        case "jpg":
            return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xda" + noise + b"\xff\xd9"
        case "gif":
            return b"GIF89a\x01\x00\x01\x00\x00\x00\x00!\xfe" + noise + b"\x00;"
        case "pdf":
            return b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\nstream\n" + noise + b"\nendstream\n%%EOF\n"
        case "txt":
            return ("Harbourlight diagnostics\n" + noise.hex(" ", 32)).encode()[: len(noise)]
        case "csv":
            return ("order;amount\n" + noise.hex("\n", 8)).encode()[: len(noise)]
        case "zip":
            return _zip(noise)
        case _:
            return noise


def _png(noise: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00" + noise[:6] + b"\x00" + noise[6:12], level=0)
    padding = b"Comment\x00" + noise.hex().encode()[: len(noise)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, data) for kind, data in ((b"IHDR", header), (b"tEXt", padding), (b"IDAT", pixels), (b"IEND", b""))
    )


def _zip(noise: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("export/ledger.bin", (2026, 1, 1, 0, 0, 0)), noise)
    return packed.getvalue()
