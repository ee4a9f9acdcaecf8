# ruff: noqa: E501 - data, which is clearer unbroken
"""Strings that try to steer a terminal, to be parsed as markup, or to break a layout; each begins with its own mark."""

from __future__ import annotations

from typing import Final

_ESC: Final = "\x1b"
_ONE_CHARACTER: Final = [chr(point) for point in (*range(1, 0x20), *range(0x7F, 0xA0))] + [
    chr(point)
    for first, last in (
        (0x061C, 0x061C), (0x00AD, 0x00AD), (0x034F, 0x034F), (0x115F, 0x1160), (0x180B, 0x180E), (0x200B, 0x200F),
        (0x2028, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0D), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0),
        (0xFFF9, 0xFFFB), (0xE0001, 0xE0001), (0xE0020, 0xE0027), (0xE0100, 0xE0104), (0x1D173, 0x1D17A),
    )
    for point in range(first, last + 1)
]  # fmt: skip
_SEQUENCES: Final = [
    f"{_ESC}[31m", f"{_ESC}[0m", f"{_ESC}[2J", f"{_ESC}[H", f"{_ESC}[1;1H", f"{_ESC}[10A", f"{_ESC}[99B", f"{_ESC}[K",
    f"{_ESC}[?1049l", f"{_ESC}[?1049h", f"{_ESC}[?25l", f"{_ESC}[?1000h", f"{_ESC}[?1003h", f"{_ESC}[?2004l",
    f"{_ESC}[200~", f"{_ESC}[201~", f"{_ESC}[6n", f"{_ESC}[c", f"{_ESC}[>c", f"{_ESC}[5n", f"{_ESC}[21t", f"{_ESC}[18t",
    f"{_ESC}[1;5r", f"{_ESC}[!p", f"{_ESC}[?5h", f"{_ESC}[12h", f"{_ESC}[8;1;1t", f"{_ESC}[3;0;0t", f"{_ESC}[2;2H",
    f"{_ESC}[5i", f"{_ESC}[4i", f"{_ESC}[>4;2m", f"{_ESC}[=1u", f"{_ESC}[>1u", f"{_ESC}[<u", f"{_ESC}c", f"{_ESC}#8",
    f"{_ESC}D", f"{_ESC}M", f"{_ESC}7", f"{_ESC}8", f"{_ESC}(0", f"{_ESC})B", f"{_ESC}=", f"{_ESC}>", f"{_ESC}Z",
    f"{_ESC}]0;title\x07", f"{_ESC}]2;title{_ESC}\\", f"{_ESC}]8;;file:///etc/passwd{_ESC}\\x{_ESC}]8;;{_ESC}\\",
    f"{_ESC}]8;;https://evil.example\x07x", f"{_ESC}]52;c;cm0gLXJmIC8=\x07", f"{_ESC}]52;c;?\x07", f"{_ESC}]4;1;?\x07",
    f"{_ESC}]10;?\x07", f"{_ESC}]11;rgb:ff/ff/ff{_ESC}\\", f"{_ESC}]9;note\x07", f"{_ESC}]777;notify;a;b\x07",
    f"{_ESC}]1337;File=inline=1:QQ==\x07", f"{_ESC}]7;file://host/\x07", f"{_ESC}]133;A\x07", f"{_ESC}]50;#1\x07",
    f"{_ESC}Pq#0;2;0;0;0~{_ESC}\\", f"{_ESC}Ptmux;{_ESC}{_ESC}[31m{_ESC}\\", f"{_ESC}P$qm{_ESC}\\", f"{_ESC}P+q544e{_ESC}\\",
    f"{_ESC}_Ga=T;QQ=={_ESC}\\", f"{_ESC}^private{_ESC}\\", f"{_ESC}Xstring{_ESC}\\", f"{_ESC}%G", f"{_ESC}[",
    f"{_ESC}]", _ESC, "\x9b31m", "\x9b2J", "\x9d0;title\x9c", "\x90q\x9c", "\x9fx\x9c", "\x9ex\x9c", "\x98x\x9c",
    "\x84", "\x8d", "\u009b\u0033\u0031m", "^[[31m\x1b[32m", "\r\x1b[Aover", "\rover", "\x08\x08\x08over", "a\x7f\x7f",
    "\x0e\x0f", "\x05", "\x07\x07\x07", "line\nline\nline", "\n\n\n\n\n\n", "a\tb\tc", "\x0b\x0c", "\x85", "\x00\x00",
]  # fmt: skip
_MARKUP: Final = [
    "[bold]x[/bold]", "[bold]", "[/bold]", "[/]", "[", "]", "[[", "]]", "[]", "[ ]", "\\[bold]", "\\\\[bold]", "[red]x",
    "[on red]x[/]", "[reverse]x[/]", "[blink]x[/]", "[@click=app.quit]x[/]", "[@click=app.quit()]", "[@click='app.bell']x",
    "[link=file:///etc/passwd]x[/link]", "[link='https://evil.example']x[/]", "[$primary]x[/]", "[$error on $panel]x[/]",
    "[#ff0000]x[/]", "[rgb(1,2,3)]x[/]", "[not bold]x[/]", "[dim italic]x[/]", "[/red]", "[/ red]", "[bold", "bold]",
    "[a=b]", "[1]", "[1:2]", "[x.y]", "[@]", "[$]", "[#]", ":smile:", ":bomb:", "{}", "{0}", "{self.session}", "{0.__class__}",
    "%s%s%n", "%(x)s", "$PATH", "$(id)", "`id`", "${jndi:ldap://x}", "&lt;b&gt;", "<script>alert(1)</script>",
    "'; DROP TABLE run; --", "../../etc/passwd", "=1+1", "@SUM(A1)", "+1", "-1", "|x", "\\n\\x1b[31m", "\\u001b[31m",
]  # fmt: skip
_LAYOUT: Final = [
    "x" * 5_000, "wide " * 400, "山" * 500, "🎉" * 300, "👩‍👩‍👧‍👦" * 50, "🏳️‍🌈" * 50, "a" + "\u0301" * 300, "Z̸̢̛a̵l̷g̸o̶" * 40,
    "שלום עולם", "مرحبا", "\u202eevil\u202c", "\u2067a\u2069b", "ﷺ" * 40, "｢wide｣" * 50, "⣿" * 200, "█" * 200, "│─┐" * 60,
    "\u3000" * 40, " " * 300, "\u00a0" * 40, "i\u0307\u0323", "\u1100\u1161\u11a8" * 30, "🇩🇪" * 40, "\ufffd" * 20,
    "❤\ufe0f" * 20, "1\ufe0f\u20e3" * 20, "\U000e0067", "ｗｉｄｅ", "𝕏" * 60, "\U0010ffff", "\ue000" * 10,
]  # fmt: skip


def hostile_strings() -> list[str]:
    """All of them, the dangerous part right after the mark."""
    odd = [
        *(f"{one}x" for one in _ONE_CHARACTER),
        *_SEQUENCES,
        *_MARKUP,
        *_LAYOUT,
        *(f"{sequence}[bold]" for sequence in _SEQUENCES[:40]),
        *(f"[bold]{sequence}" for sequence in _SEQUENCES[40:60]),
    ]
    return [f"H{number:03}{text}" for number, text in enumerate(odd)]
