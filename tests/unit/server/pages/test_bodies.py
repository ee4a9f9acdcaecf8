"""Message HTML on its way to a browser: nothing of it runs, loads from elsewhere or leaves its place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from ochre_tui.server.pages.bodies import shown
from tests.support.filled_workspace import HOSTILE_BODY

KEPT = {"p", "b", "a", "img", "table", "tbody", "tr", "td", "blockquote", "pre", "div", "h1", "ul", "li"}
PARTS = [
    *(
        "<p>",
        "</p>",
        "<b ",
        "<a ",
        "<img ",
        "<table>",
        "<td>",
        "<svg>",
        "</svg>",
        "<math>",
        "<mtext>",
        "<style>",
        "<h1>",
    ),
    *("<script>", "</script>", "<noscript>", "<template>", "<!--", "-->", "<![CDATA[", "]]>", "<title>", "<textarea>"),
    *('href="javascript:alert(1)"', "href=' \x01java\nscript:x'", 'src="attachment:att_1"', "src=x", "onerror=x"),
    *('style="x"', 'class="top"', 'id="content"', 'srcset="x 1x"', 'href="https://a.example"', 'href="/attachments/x"'),
    *(">", "/>", '"', "'", "<", "&lt;", "&#106;", "\0", "text", " "),
]


@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join))
def test_nothing_but_plain_formatting_is_left(body: str) -> None:
    page = LexborHTMLParser(f"<main>{shown(body, None)}</main>")
    inside = page.css("main *")
    assert {node.tag for node in inside} <= KEPT
    for node in inside:
        assert set(node.attributes) <= {"href", "rel", "src", "alt"}
        assert (node.attributes.get("href") or "https:").startswith("https:")
        assert (node.attributes.get("src") or "/attachments/att_1") == "/attachments/att_1"


def test_what_is_shown_stays_as_it_is() -> None:
    body = '<h1>Hi</h1><ul><li>one</li></ul><table><tbody><tr><td colspan="2">x</td></tr></tbody></table>'
    assert shown(body, "Hi") == body
    assert shown('<img src="attachment:att_1" alt="x">', "") == '<img src="/attachments/att_1" alt="x">'
    assert shown(HOSTILE_BODY, "").startswith("<p>seen<img>")


def test_one_that_is_too_deep_comes_as_its_text() -> None:
    assert shown("<div>" * 100_000, "a < b") == '<div class="plain">a &lt; b</div>'
    assert shown(None, None) == '<div class="plain"></div>'
    assert shown("<b>" * 50_000, None) == f'<div class="plain">{"&lt;b&gt;" * 50_000}</div>'
