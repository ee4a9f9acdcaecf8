"""What is encrypted at rest: given back as it was, or not at all."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.core import encryption
from ochre_tui.core.encryption import (
    KEY_BYTES,
    BrokenSealError,
    Seal,
    WrongPassphraseError,
    make_key,
    plain_size,
    read_key,
)
from ochre_tui.core.errors import CredentialError, DiskFullError, StoreError, UsageError
from ochre_tui.core.failpoints import armed
from ochre_tui.core.secret import Secret

SEGMENT = 64 * 1024
SEAL = Seal(bytes(range(KEY_BYTES)))
PLAIN = os.urandom(3 * SEGMENT + 17)


@pytest.fixture(autouse=True)
def nothing_unsealed() -> Iterator[None]:
    yield
    encryption._unsealed.clear()


def sealed(folder: Path, *pieces: bytes) -> bytes:
    with SEAL.spooling(folder / "file") as file:
        for piece in pieces:
            file.write(piece)
    assert (folder / "file").stat().st_mode & 0o777 == 0o600
    return (folder / "file").read_bytes()


def plain(body: bytes) -> bytes:
    return b"".join(SEAL.chunks(io.BytesIO(body)))


@given(st.binary(max_size=2_000), st.integers(0, 100_000), st.integers(1, 255))
def test_a_record_comes_back_as_it_was_and_not_with_a_changed_byte(raw: bytes, at: int, flip: int) -> None:
    body = bytearray(SEAL.seal(raw))
    assert SEAL.unseal(bytes(body)) == raw
    assert SEAL.seal(raw) != body
    with pytest.raises(BrokenSealError):
        SEAL.unseal(bytes(body[: at % len(body)]))
    body[at % len(body)] ^= flip
    with pytest.raises(BrokenSealError):
        SEAL.unseal(bytes(body))


@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, len(PLAIN)])
def test_a_file_comes_back_however_it_is_written(tmp_path: Path, size: int) -> None:
    whole = sealed(tmp_path, PLAIN[:size])
    assert plain(whole) == PLAIN[:size]
    assert plain_size(len(whole)) == size
    pieces = sealed(tmp_path, *(PLAIN[at : min(at + 50_000, size)] for at in range(0, size, 50_000)))
    assert plain(pieces) == PLAIN[:size]
    assert len(pieces) == len(whole)
    assert pieces != whole


@pytest.mark.parametrize("at", [0, 7, 8, 23, 24, 100, 24 + SEGMENT + 15, 24 + SEGMENT + 16, 24 + 2 * SEGMENT + 40, -1])
def test_a_changed_byte_of_a_file_is_told(tmp_path: Path, at: int) -> None:
    body = bytearray(sealed(tmp_path, PLAIN))
    body[at] ^= 1
    with pytest.raises(BrokenSealError):
        plain(bytes(body))


def test_segments_that_are_cut_off_or_change_places_are_told(tmp_path: Path) -> None:
    body, step = sealed(tmp_path, PLAIN), SEGMENT + 16
    first, second, third = (body[24 + number * step : 24 + (number + 1) * step] for number in range(3))
    for wrong in (
        b"", body[:10], body[:24], body[: 24 + step], body[: 24 + 3 * step], body[:-1], body + b"\0",
        body[:24] + second + first + third + body[24 + 3 * step :],
        body[:24] + first + third + body[24 + 3 * step :],
    ):  # fmt: skip
        with pytest.raises(BrokenSealError):
            plain(wrong)


def test_the_key_comes_out_by_its_passphrase_alone(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    body = make_key(path, Secret("Blaue Blume é 7")).seal.seal(b"words")
    assert path.stat().st_mode & 0o777 == 0o600
    encryption._unsealed.clear()
    found = read_key(path)
    assert found is not None
    with pytest.raises(CredentialError, match="encrypted") as told:
        _ = found.seal
    assert "OCHRE_TUI_PASSPHRASE" in told.value.advice
    for wrong in ("Blaue Blume é 8", "blaue Blume é 7", "Blaue Blume é 7 ", ""):
        with pytest.raises(WrongPassphraseError):
            found.unseal(Secret(wrong))
    found.unseal(Secret("Blaue Blume e\u0301 7"))
    assert found.seal.unseal(body) == b"words"
    with pytest.raises(UsageError, match="already"):
        make_key(path, Secret("another one"))
    assert read_key(path) == found


def test_a_key_is_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    with armed("key.link=1:full"), pytest.raises(DiskFullError):
        make_key(path, Secret("Blaue Blume"))
    assert list(tmp_path.iterdir()) == []
    make_key(path, Secret("Blaue Blume"))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("text", ["", "{}", "[]", "\xff", '{"cost": 1}', "null"])
def test_a_damaged_key_is_an_error_and_none_is_not_made_up(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key.json"
    assert read_key(path) is None
    path.write_text(text, "latin-1")
    with pytest.raises(StoreError, match="damaged"):
        read_key(path)
    assert path.read_text("latin-1") == text


def test_a_key_prints_as_stars_and_is_not_pickled() -> None:
    assert f"{SEAL}{SEAL!r}" == "******"
    with pytest.raises(TypeError):
        pickle.dumps(SEAL)
