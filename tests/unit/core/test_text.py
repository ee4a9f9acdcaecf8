"""Text from outside, as it is shown: nothing in it can steer a terminal, deceive the eye or hide."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.core.text import clean, clean_line

EMOJI_STYLES = {"\ufe0e", "\ufe0f"}
# Characters that are not to be seen though their category would let one think so; from Unicode's list of ignorables.
HIDDEN = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2065\u3164\uffa0\ufff0\ufe00"
HIDDEN += "\U000e0001\U000e0061\U000e0100\U000e01ef"
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ZERO_WIDTH = "\u00ad\u180e\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff"

anything = st.text(st.characters())  # lone surrogates too
nasty = st.text(
    st.one_of(st.sampled_from(HIDDEN + BIDI + ZERO_WIDTH + "\x1b[]m\x07\x9b\x7f\r\x00\n\t"), st.characters())
)


def shows(text: str) -> bool:
    """Whether every character is to be seen, or is one of the two that lay text out."""
    return all(
        c in "\n\t" or (unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} and c not in HIDDEN) for c in text
    )


@given(st.one_of(anything, nasty))
def test_everything_that_comes_out_is_to_be_seen(text: str) -> None:
    assert shows(clean(text))


@given(st.one_of(anything, nasty))
def test_cleaning_again_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters=HIDDEN)))
def test_what_is_to_be_seen_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@given(st.one_of(anything, nasty))
def test_nothing_is_dropped(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) >= len(text)
    assert [c for c in cleaned if c in "\n\t"] == [c for c in text if c in "\n\t"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain\n\ttext", "plain\n\ttext"),
        ("\x1b[2J\x1b]0;title\x07", "␛[2J␛]0;title␇"),
        ("a\rb\x00c\x7f", "a␍b␀c␡"),
        ("\x9b31m", "<U+009B>31m"),
        ("user\u202egpj.exe", "user<U+202E>gpj.exe"),
        ("pay\u200bpal", "pay<U+200B>pal"),
        ("one\u2028two", "one<U+2028>two"),
        ("\ud800", "<U+D800>"),
        ("\U000e0041", "<U+E0041>"),
        ("naïve Ünïcode 日本語 العربية עברית", "naïve Ünïcode 日本語 العربية עברית"),
        ("❤️ 👍🏽 e\u0301", "❤️ 👍🏽 e\u0301"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
    ],
)
def test_examples(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize("c", HIDDEN + BIDI + ZERO_WIDTH)
def test_each_of_these_is_marked(c: str) -> None:
    assert clean(f"a{c}b") == f"a<U+{ord(c):04X}>b"


@pytest.mark.parametrize("c", sorted(EMOJI_STYLES))
def test_the_styles_of_emoji_stay(c: str) -> None:
    assert clean("❤" + c) == "❤" + c


@given(st.one_of(anything, nasty), st.integers(1, 300))
def test_a_line_is_one_line_of_the_width_at_most(text: str, width: int) -> None:
    line = clean_line(text, width)
    assert len(line) <= width
    assert shows(line)
    assert "\n" not in line
    assert "\t" not in line


@given(st.text("ab \n\t", max_size=40))
def test_a_short_line_only_loses_its_spaces(text: str) -> None:
    assert clean_line(text) == " ".join(text.split())


def test_a_long_line_ends_with_a_mark() -> None:
    assert clean_line("x" * 201) == "x" * 199 + "…"
    assert clean_line("x" * 200) == "x" * 200
