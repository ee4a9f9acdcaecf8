"""Text from outside, made safe to show in a terminal or a log."""

from __future__ import annotations

import unicodedata

_WHITESPACE = {"\n", "\t"}
# What Unicode calls ignorable beyond its control and format characters; the two selectors that choose between a plain
# and a coloured emoji (U+FE0E and U+FE0F) stay.
_INVISIBLE = frozenset(
    chr(point)
    for first, last in (
        (0x034F, 0x034F),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x2065, 0x2065),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0D),
        (0xFFA0, 0xFFA0),
        (0xFFF0, 0xFFF8),
        (0xE0000, 0xE0FFF),
    )
    for point in range(first, last + 1)
)


def clean(value: str) -> str:
    """`value` with every control, escape, bidi and invisible character turned into a visible mark.

    Line breaks and tabs stay. C0 controls become their picture (U+2400 and up), all others `<U+XXXX>`.
    """
    if value.isascii() and value.isprintable():
        return value
    return "".join(c if _harmless(c) else _mark(c) for c in value)


def clean_line(value: str, width: int = 200) -> str:
    """`clean`, on one line, cut at `width` characters with "…"."""
    line = clean(" ".join(value.split()))
    return line if len(line) <= width else line[: width - 1] + "…"


def _harmless(c: str) -> bool:
    if c in _WHITESPACE:
        return True
    return c not in _INVISIBLE and unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _mark(c: str) -> str:
    point = ord(c)
    if point < 0x20:
        return chr(0x2400 + point)
    return "\u2421" if point == 0x7F else f"<U+{point:04X}>"
