"""What the truth says of bodies, checked against a sanitiser that knows nothing of blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import nh3
import pytest

from ochre_tui.sandbox.truth.bodies import body_files, ochre_html, ochre_text
from ochre_tui.sandbox.world import World
from ochre_tui.sandbox.world.body import Body, Crooked, DataImage, File, Image, Link, Paragraph, intercom_html
from ochre_tui.sandbox.world.special_bodies import CROOKED, everything

MakeWorld = Callable[[int, int, bool], World]

ELEMENTS = set(
    """p br div span strong b em i u s del ins sub sup mark small h1 h2 h3 h4 h5 h6 ul ol li a blockquote pre code
    table thead tbody tfoot tr th td img hr""".split()  # noqa: SIM905 - a list of forty strings reads worse
)
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "td": {"colspan"}, "th": {"colspan"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel", "attachment"}


def sanitised(html: str) -> str:
    """What a sanitiser leaves; a block that is not kept is a `div`, so that its words stand apart."""
    html = html.replace("<center>", "<div>").replace("</center>", "</div>")
    return nh3.clean(html, tags=ELEMENTS, attributes=ATTRIBUTES, link_rel=None, url_schemes=SCHEMES)


def bodies_of(world: World) -> Iterator[Body]:
    for row in world.conversation_index():
        conversation = world.generated(row.id)
        assert conversation is not None
        for message in (*([conversation.source] if conversation.source else []), *conversation.parts):
            if message.body:
                yield message.body


@pytest.mark.parametrize("nasty", [False, True])
def test_expected_html_is_what_a_sanitiser_leaves_alone(shared_world: MakeWorld, nasty: bool) -> None:
    for body in bodies_of(shared_world(1, 500, nasty)):
        html = ochre_html(body, lambda path: f"id-{len(path)}")
        assert sanitised(html) == html


def test_without_images_and_frames_it_is_what_a_sanitiser_makes_of_intercoms_markup(shared_world: MakeWorld) -> None:
    checked = 0
    for body in bodies_of(shared_world(1, 500, False)):
        raw = intercom_html(body)
        if not re.search(r"<img|<iframe|/i/o/", raw):
            checked += 1
            assert ochre_html(body, str) == sanitised(raw)
    assert checked > 1000


@pytest.mark.parametrize("broken", CROOKED)
def test_broken_markup_is_written_down_right(broken: Crooked) -> None:
    assert sanitised(broken.markup) == broken.html


def test_the_text_of_everything() -> None:
    assert ochre_text(everything("123")).splitlines() == [
        "Order 123",
        "Please do not change anything in order/123;",
        "see the docs (https://docs.example.org/a?x=1&y=2), https://example.org/plain or write to us, call. "
        "Thanks in red",
        "Steps & facts",
        "- first",
        "  - inner one",
        "  - inner two",
        "    1. deep",
        "- second <b>",
        "5. five",
        "6. six",
        "> On Monday Ana wrote:",
        "> Where is it?",
        "if a < b:",
        "    print('x  y')",
        "",
        "end",
        "Item | Qty",
        "Pallet & film | 2",
        "---",
        "https://www.youtube.com/embed/abc123?rel=0",
        "Pay now (https://app.harbourlight.example/pay)",
        "23markedsmallold",
    ]


def test_images_and_files_of_a_body() -> None:
    file = File("http://f/i/o/a/1/ab/x.png", "x.png", "image/png", 9)
    kept, dropped = DataImage("image/png", b"1", "kept"), DataImage("image/svg+xml", b"2", "a drawing")
    body: Body = (Image(file, 'a "b"'), kept, dropped, Paragraph((Link("https://a.example/?x=1&y=2", "t"),)))
    paths = [path for path, _, _ in body_files(body)]
    assert paths[0] == file.url
    assert len(paths) == 2
    html = ochre_html(body, {paths[0]: "A", paths[1]: "B"}.__getitem__)
    assert html == (
        '<div><img src="attachment:A" alt="a &quot;b&quot;"></div><p><img src="attachment:B" alt="kept"></p>'
        '<p>a drawing</p><p><a href="https://a.example/?x=1&amp;y=2">t</a></p>'
    )
    assert ochre_text(body) == '[image: a "b"]\n[image: kept]\na drawing\nt (https://a.example/?x=1&y=2)'
