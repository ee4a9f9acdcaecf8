"""Conversations with something special in a body or among the files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ochre_tui.sandbox.world.body import Crooked, DataImage, FileLink, Image, OutsideImage, Paragraph, Plain
from ochre_tui.sandbox.world.formatting import CROOKED, ODD_TEXTS, TINY_GIF, WINDOWS_TEXT, everything
from ochre_tui.sandbox.world.scenario import Scene, talk


def _rich(scene: Scene) -> None:
    talk(scene, 0).body = everything(scene.writer.words["order"])


def _picture(scene: Scene) -> None:
    image = Image(scene.writer.file("Screenshot {order}.png"), 'the "total" & <sum>')
    talk(scene, 0).body = (*scene.writer.short("This is what I see:"), image, *scene.writer.short("Any idea?"))
    talk(scene, 1).body = (scene.writer.picture("écran {order}.png"),)


def _picture_twice(scene: Scene) -> None:
    """The same picture in the body and among the files, and shown again in the next message."""
    image = scene.writer.picture("photo.jpg")
    part = talk(scene, 0)
    part.body, part.files = (*scene.writer.short("See below."), image, image), (scene.writer.file(), image.file)
    talk(scene, 1).body = (image,)


def _file_link(scene: Scene) -> None:
    writer = scene.writer
    linked, both = writer.file("Rechnung März.pdf"), writer.file("ledger_export.csv")
    part = talk(scene, 0)
    part.body = (
        Paragraph(("Please see ", FileLink(linked, "the invoice"), " and ", FileLink(both, "the ledger"), ".")),
    )
    part.files = (both,)


def _gone_file(scene: Scene) -> None:
    writer = scene.writer
    part = talk(scene, 0)
    part.files = (writer.file("virus.zip", gone=True), writer.file())
    part.body = (*writer.short("Both files:"), writer.picture("lost.png", gone=True))


def _data_image(scene: Scene) -> None:
    part = talk(scene, 0)
    colour = bytes([scene.row.number % 256, 10, 20])
    part.body = (
        *scene.writer.short("Pasted:"),
        DataImage("image/gif", TINY_GIF[:13] + colour + TINY_GIF[16:], "pasted picture"),
        DataImage("image/svg+xml", b"<svg onload='alert(1)'/>", "a drawing"),
    )


def _outside_image(scene: Scene) -> None:
    talk(scene, 0).body = (
        OutsideImage("https://images.example.org/logo.png?size=2&v=3", "Company logo"),
        OutsideImage("https://tracker.example.org/pixel.gif", ""),
        *scene.writer.short("That's our new logo."),
    )


def _big_file(scene: Scene) -> None:
    size = 300_000 + scene.rng.randrange(0, 700_000)
    talk(scene, 0).files = (scene.writer.file("warehouse-video.bin", size=size),)


def _shared_file(scene: Scene) -> None:
    """The same bytes in many conversations, under two names."""
    writer, which = scene.writer, 1 + scene.row.number % 2
    talk(scene, 0).files = (
        writer.file("terms.pdf", content=which, size=20_000),
        writer.file("Terms and conditions (2).pdf", content=which, size=20_000),
    )


_ODD_NAMES: Final = (
    "../../etc/passwd.txt", "a\\b\\c.csv", "l" * 300 + ".pdf", "\u202egnp.exe.png", "tab\tand\nline.txt",
    "  spaces  .pdf", "CON.txt", "ümläut ñ 日本.zip", ".hidden.txt", "no extension",
)  # fmt: skip


def _odd_names(scene: Scene) -> None:
    writer = scene.writer
    talk(scene, 0).files = tuple(
        writer.file(name, path_name=f"file{place}.{name.rsplit('.', 1)[-1] if '.' in name else 'bin'}")
        for place, name in enumerate(_ODD_NAMES)
    )


def _many_files(scene: Scene) -> None:
    writer = scene.writer
    part = talk(scene, 0)
    part.files = (
        writer.file("photo.jpg", declared=None),
        writer.file("ledger_export.csv", declared="application/x-custom"),
    )
    part.files += (replace(writer.file("Screenshot {order}.png"), width="640", height="421"),)
    part.files += tuple(writer.file() for _ in range(5))


def _odd_text(scene: Scene) -> None:
    for place, text in enumerate(ODD_TEXTS[: len(scene.story.parts)]):
        talk(scene, place).body = (Plain(text),) if place % 2 else (Paragraph((text,)),)


def _crooked(scene: Scene) -> None:
    for place in range(min(2, len(scene.story.parts))):
        talk(scene, place).body = (CROOKED[(scene.row.number // 100 + place) % len(CROOKED)],)


def _nul_text(scene: Scene) -> None:
    text = "before\u0000after"
    shown = "before\ufffdafter"
    talk(scene, 0).body = (Crooked(f"<p>{text}</p>", f"<p>{shown}</p>", shown),)


def _surrogate(scene: Scene) -> None:
    talk(scene, 0).body = (
        Crooked("<p>half \ud83d of an emoji</p>", "<p>half \ufffd of an emoji</p>", "half \ufffd of an emoji"),
    )


def _windows_lines(scene: Scene) -> None:
    talk(scene, 0).body = (WINDOWS_TEXT,)


TWISTS: Final[dict[str, Callable[[Scene], None]]] = {
    "rich": _rich,
    "picture": _picture,
    "picture_twice": _picture_twice,
    "file_link": _file_link,
    "gone_file": _gone_file,
    "data_image": _data_image,
    "outside_image": _outside_image,
    "big_file": _big_file,
    "shared_file": _shared_file,
    "odd_names": _odd_names,
    "many_files": _many_files,
    "odd_text": _odd_text,
    "crooked": _crooked,
    "nul_text": _nul_text,
    "surrogate": _surrogate,
    "windows_lines": _windows_lines,
}
