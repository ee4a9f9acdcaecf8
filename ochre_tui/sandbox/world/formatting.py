"""Bodies with every kind of markup, and bodies whose markup is broken."""

from __future__ import annotations

from typing import Final

from ochre_tui.sandbox.world.body import (
    Block,
    Body,
    Break,
    Button,
    Code,
    Crooked,
    Dropped,
    Heading,
    Item,
    Items,
    Link,
    Paragraph,
    Quote,
    Rule,
    Styled,
    Table,
    Video,
    Wrapped,
)

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
    Crooked("<center><font color=red>Sale</font></center><!-- hidden --><p>now</p>", "Sale<p>now</p>", "Sale\nnow"),
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
