"""Files: what an address promises is what is served."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from ochre_tui.sandbox.world import World
from ochre_tui.sandbox.world.body import File, files_in
from ochre_tui.sandbox.world.files import EXTENSIONS, FileHost

MakeWorld = Callable[[int, int, bool], World]


def files_of(world: World) -> Iterator[File]:
    for row in world.conversation_index():
        conversation = world.generated(row.id)
        assert conversation is not None
        for message in (*([conversation.source] if conversation.source else []), *conversation.parts):
            yield from message.files
            yield from files_in(message.body or ())


def test_declared_sizes_are_those_of_the_bytes(shared_world: MakeWorld) -> None:
    world = shared_world(1, 500, False)
    sizes = []
    for file in files_of(world):
        served = world.file(file.url)
        if served is not None:
            sizes.append(len(served[0]))
            assert len(served[0]) == file.size
    assert len(sizes) > 100
    assert max(sizes) > 250_000


def test_a_file_is_found_by_path_address_and_signed_address(shared_world: MakeWorld) -> None:
    world = shared_world(1, 500, False)
    file = next(files_of(world))
    path = urlsplit(file.url).path
    assert world.file(path) == world.file(file.url) == world.file(f"{path}?expires=1&signature=ab") is not None


def test_some_are_gone_and_none_is_made_up_on_demand(shared_world: MakeWorld) -> None:
    world = shared_world(1, 500, False)
    assert any(world.file(file.url) is None for file in files_of(world))
    path = urlsplit(next(files_of(world)).url).path
    forged = path.replace(path.split("/")[5], "0" * 32)
    assert [world.file(odd) for odd in (forged, "", "/", "/i/o/x/1/2/3", path.rsplit("/", 2)[0])] == [None] * 5


def test_the_same_bytes_go_by_several_names(shared_world: MakeWorld) -> None:
    world = shared_world(1, 500, False)
    names: dict[bytes, set[str]] = {}
    for file in files_of(world):
        served = world.file(file.url)
        if served is not None:
            names.setdefault(served[0], set()).add(file.url)
    assert any(len(urls) >= 4 for urls in names.values())


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("size", [0, 64, 5000])
def test_each_kind_is_what_it_says(extension: str, size: int) -> None:
    host = FileHost(1, "app", "http://f")
    file = host.file(7, f"x.{extension}", content=3, size=size)
    served = host.read(file.url)
    assert served is not None
    data, content_type = served
    assert (len(data), content_type) == (file.size, file.content_type)
    marks = {"png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff", "gif": b"GIF89a", "pdf": b"%PDF-", "zip": b"PK"}
    assert data.startswith(marks.get(extension, b""))
    if extension == "zip":
        assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    if extension in ("txt", "csv"):
        data.decode("ascii")
