"""Conversations with something special in a body or among the files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ochre_tui.sandbox.world.body import (
    Block,
    Body,
    Break,
    Button,
    Code,
    Crooked,
    DataImage,
    Dropped,
    FileLink,
    Heading,
    Image,
    Item,
    Items,
    Link,
    OutsideImage,
    Paragraph,
    Plain,
    Quote,
    Rule,
    Styled,
    Table,
    Video,
    Wrapped,
)
from ochre_tui.sandbox.world.conversation_generator import Scenario, talk

TINY_GIF: Final = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
ODD_TEXTS: Final[tuple[str, ...]] = (
    "Tom & Jerry paid 5 < 6 and 7 > 3 \"quoted\" 'single'",
    "tabs\tand   many   spaces\u00a0\u00a0here",
    "\u202eright to left\u202c \u200fשלום\u200f and \u2066isolated\u2069",
    "zero\u200bwidth, soft\u00adhyphen, 👨‍👩‍👧‍👦 🇵🇹 e\u0301",
)
WINDOWS_TEXT: Final = Crooked(
    "line one\r\nline two\rline three", "line one\nline two\nline three", "line one line two line three"
)
CROOKED: Final[tuple[Block, ...]] = (
    Crooked("<p>one <b>two</p><p>three</p>", "<p>one <b>two</b></p><p><b>three</b></p>", "one two\nthree"),
    Crooked("<p>never closed <em>at all", "<p>never closed <em>at all</em></p>", "never closed at all"),
    Crooked(
        '<p>a<script>alert(\'x\')</script>b</p><style>p{}</style><p onclick="x()" style="color:red">c</p>',
        "<p>ab</p><p>c</p>",
        "ab\nc",
    ),
    Crooked(
        '<p><a href="javascript:alert(1)">click</a> <a href="mailto:a@b.example?subject=x">mail</a></p>',
        '<p><a>click</a> <a href="mailto:a@b.example?subject=x">mail</a></p>',
        "click mail",
    ),
    Crooked(
        "<center><font color=red>Sale</font></center><!-- hidden --><p>now</p>",
        "<div>Sale</div><p>now</p>",
        "Sale\nnow",
    ),
    Crooked("<ul><li>one<li>two</ul>", "<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
    Crooked(
        "<table><tr><th>Order</th><th>Sum</th></tr><tr><td>1</td><td colspan=2>2</td></tr></table>",
        '<table><tbody><tr><th>Order</th><th>Sum</th></tr><tr><td>1</td><td colspan="2">2</td></tr></tbody></table>',
        "Order | Sum\n1 | 2",
    ),
    Crooked(
        "Fish &amp; chips &lt;now&gt; &copy; &nbsp;x",
        "Fish &amp; chips &lt;now&gt; © &nbsp;x",
        "Fish & chips <now> © x",
    ),
)
_ODD_NAMES: Final = (
    "../../etc/passwd.txt", "a\\b\\c.csv", "l" * 300 + ".pdf", "\u202egnp.exe.png", "tab\tand\nline.txt",
    "  spaces  .pdf", "CON.txt", "ümläut ñ 日本.zip", ".hidden.txt", "no extension",
)  # fmt: skip


def _rich(scenario: Scenario) -> None:
    talk(scenario, 0).body = everything(scenario.writer.words["order"])


def _picture(scenario: Scenario) -> None:
    image = Image(scenario.writer.file("Screenshot {order}.png"), 'the "total" & <sum>')
    talk(scenario, 0).body = (*scenario.writer.short("This is what I see:"), image, *scenario.writer.short("Any idea?"))
    talk(scenario, 1).body = (scenario.writer.picture("écran {order}.png"),)


def _picture_twice(scenario: Scenario) -> None:
    """The same picture in the body and among the files, and shown again in the next message."""
    image = scenario.writer.picture("photo.jpg")
    part = talk(scenario, 0)
    part.body, part.files = (*scenario.writer.short("See below."), image, image), (scenario.writer.file(), image.file)
    talk(scenario, 1).body = (image,)


def _file_link(scenario: Scenario) -> None:
    writer = scenario.writer
    linked, both = writer.file("Rechnung März.pdf"), writer.file("ledger_export.csv")
    part = talk(scenario, 0)
    part.body = (
        Paragraph(("Please see ", FileLink(linked, "the invoice"), " and ", FileLink(both, "the ledger"), ".")),
    )
    part.files = (both,)


def _gone_file(scenario: Scenario) -> None:
    writer = scenario.writer
    part = talk(scenario, 0)
    part.files = (writer.file("virus.zip", gone=True), writer.file())
    part.body = (*writer.short("Both files:"), writer.picture("lost.png", gone=True))


def _data_image(scenario: Scenario) -> None:
    part = talk(scenario, 0)
    colour = bytes([scenario.row.number % 256, 10, 20])
    part.body = (
        *scenario.writer.short("Pasted:"),
        DataImage("image/gif", TINY_GIF[:13] + colour + TINY_GIF[16:], "pasted picture"),
        DataImage("image/svg+xml", b"<svg onload='alert(1)'/>", "a drawing"),
    )


def _outside_image(scenario: Scenario) -> None:
    talk(scenario, 0).body = (
        OutsideImage("https://images.example.org/logo.png?size=2&v=3", "Company logo"),
        OutsideImage("https://tracker.example.org/pixel.gif", ""),
        *scenario.writer.short("That's our new logo."),
    )


def _big_file(scenario: Scenario) -> None:
    size = 300_000 + scenario.rng.randrange(0, 700_000)
    talk(scenario, 0).files = (scenario.writer.file("warehouse-video.bin", size=size),)


def _shared_file(scenario: Scenario) -> None:
    """The same bytes in many conversations, under two names."""
    writer, which = scenario.writer, 1 + scenario.row.number % 2
    talk(scenario, 0).files = (
        writer.file("terms.pdf", content=which, size=20_000),
        writer.file("Terms and conditions (2).pdf", content=which, size=20_000),
    )


def _odd_names(scenario: Scenario) -> None:
    writer = scenario.writer
    talk(scenario, 0).files = tuple(
        writer.file(name, path_name=f"file{place}.{name.rsplit('.', 1)[-1] if '.' in name else 'bin'}")
        for place, name in enumerate(_ODD_NAMES)
    )


def _many_files(scenario: Scenario) -> None:
    writer = scenario.writer
    part = talk(scenario, 0)
    part.files = (
        writer.file("photo.jpg", declared=None),
        writer.file("ledger_export.csv", declared="application/x-custom"),
    )
    part.files += (replace(writer.file("Screenshot {order}.png"), width="640", height="421"),)
    part.files += tuple(writer.file() for _ in range(5))


def _odd_text(scenario: Scenario) -> None:
    for place, text in enumerate(ODD_TEXTS[: len(scenario.conversation.parts)]):
        talk(scenario, place).body = (Plain(text),) if place % 2 else (Paragraph((text,)),)


def _crooked(scenario: Scenario) -> None:
    for place in range(min(2, len(scenario.conversation.parts))):
        talk(scenario, place).body = (CROOKED[(scenario.row.number // 100 + place) % len(CROOKED)],)


def _nul_text(scenario: Scenario) -> None:
    text = "before\u0000after"
    shown = "before\ufffdafter"
    talk(scenario, 0).body = (Crooked(f"<p>{text}</p>", f"<p>{shown}</p>", shown),)


def _surrogate(scenario: Scenario) -> None:
    talk(scenario, 0).body = (
        Crooked("<p>half \ud83d of an emoji</p>", "<p>half \ufffd of an emoji</p>", "half \ufffd of an emoji"),
    )


def _windows_lines(scenario: Scenario) -> None:
    talk(scenario, 0).body = (WINDOWS_TEXT,)


SPECIAL: Final[dict[str, Callable[[Scenario], None]]] = {
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


def everything(order: str) -> Body:
    """One body with all that Ochre keeps."""
    return (
        Heading(1, f"Order {order}"),
        Paragraph(
            (
                "Please ",
                Styled("strong", "do not"),
                " change ",
                Styled("em", "anything"),
                " in ",
                Styled("code", f"order/{order}"),
                ";",
                Break(),
                "see ",
                Link("https://docs.example.org/a?x=1&y=2", "the docs"),
                ", ",
                Link("https://example.org/plain", "https://example.org/plain"),
                " or ",
                Link("mailto:help@harbourlight.example", "write to us"),
                ", ",
                Link("tel:+4940123456", "call"),
                ". ",
                Styled("u", "Thanks"),
                " ",
                Wrapped("font color=red", "in red"),
            )
        ),
        Heading(3, "Steps & facts"),
        Items(
            (
                Item("first", Items((Item("inner one"), Item("inner two", Items((Item("deep"),), ordered=True))))),
                Item("second <b>"),
            )
        ),
        Items((Item("five"), Item("six")), ordered=True, start=5),
        Quote(("On Monday Ana wrote:", "Where is it?")),
        Code("if a < b:\n    print('x  y')\n\nend"),
        Table((("Item", "Qty"), ("Pallet & film", "2"))),
        Rule(),
        Video("https://www.youtube.com/embed/abc123?rel=0"),
        Button("https://app.harbourlight.example/pay", "Pay now"),
        Dropped("<script>track()</script>"),
        Paragraph(
            (
                Styled("sub", "2"),
                Styled("sup", "3"),
                Styled("mark", "marked"),
                Styled("small", "small"),
                Styled("del", "old"),
            ),
            "x",
        ),
    )
