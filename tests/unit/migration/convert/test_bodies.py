"""Bodies: what survives sanitising, the text form, files, and the hash of the raw body."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.models import scrub
from ochre_tui.migration.convert.bodies import (
    LARGEST_DATA_IMAGE,
    Body,
    _read,
    path_of,
    read_body,
    source_sha256,
)
from ochre_tui.migration.convert.sanitise import cleaned, sanitise

HOSTS = FileHosts(frozenset({("127.0.0.1", 8090)}))
CDN = "https://downloads.intercomcdn.com/i/o/abc/1/deadbeef"
GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
GIF_PATH = "data:" + hashlib.sha256(GIF).hexdigest()


def read(raw: str) -> Body:
    return read_body(raw, HOSTS)


def html(raw: str) -> str:
    body = read(raw)
    return body.html({file.path: f"<{number}>" for number, file in enumerate(body.files)})


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("plain", "plain"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ('<p class="no-margin" style="color:red" onclick="x()">Hi</p>', "<p>Hi</p>"),
        ("<p>a&nbsp;b\u00a0c</p>", "<p>a&nbsp;b&nbsp;c</p>"),
        ("<h1>T</h1><h6>t</h6>", "<h1>T</h1><h6>t</h6>"),
        ("<ol start=3 type=a><li>x<li>y</ol>", '<ol start="3"><li>x</li><li>y</li></ol>'),
        ("<table><tr><td colspan=2 width=9>x</table>", '<table><tbody><tr><td colspan="2">x</td></tr></tbody></table>'),
        ("<center><font color=red>x</font></center>", "<div>x</div>"),
        ("a<script>alert(1)</script>b<style>p{}</style>c", "abc"),
        ("a<svg><a href='https://x'>t</a></svg><math><mi>m</mi></math>b", "ab"),
        ("<button>b</button><select><option>o</select><textarea>t</textarea><input value=v>x", "x"),
        ("<form><label>l</label></form>", "<div>l</div>"),
        ("<object><p>o</p></object><template><p>t</p></template><noscript>n</noscript><title>t</title>x", "x"),
        ("x<!-- hidden -->y", "xy"),
        ('<a href="javascript:alert(1)">x</a>', "<a>x</a>"),
        ('<a href="data:text/html,x">x</a>', "<a>x</a>"),
        ('<a href="ftp://x/y">x</a>', "<a>x</a>"),
        ('<a href="mailto:a@b.c" target="_blank" rel="nofollow">x</a>', '<a href="mailto:a@b.c">x</a>'),
        ('<a href="https://x.y/?a=1&amp;b=2">x</a>', '<a href="https://x.y/?a=1&amp;b=2">x</a>'),
        ('<iframe src="https://www.youtube.com/embed/x">no</iframe>',
         '<a href="https://www.youtube.com/embed/x">https://www.youtube.com/embed/x</a>'),
        ('a<iframe src="javascript:x"></iframe><iframe></iframe>b', "ab"),
        ('<img src="https://else.where/a.png" alt="A &amp; co">', '<a href="https://else.where/a.png">A &amp; co</a>'),
        ('<img src="https://else.where/a.png">', '<a href="https://else.where/a.png">https://else.where/a.png</a>'),
        ('<img src="cid:part1" alt="a &lt; b">', "a &lt; b"),
        ('x<img src="cid:part1">', "x"),
        ('<a href="https://home"><img src="https://else.where/a.png" alt="Logo"></a>', '<a href="https://home">Logo</a>'),
        ('<img src="attachment:att_1" alt="forged">', "forged"),
        (f'<img src="{CDN}/a.png?expires=1&amp;signature=2" width=9>', '<img src="attachment:<0>" alt="">'),
        (f'<img alt="a &quot;b&quot;" src="{CDN}/a.png">', '<img src="attachment:<0>" alt="a &quot;b&quot;">'),
        ('<img src="http://127.0.0.1:8090/i/o/a.png?x">', '<img src="attachment:<0>" alt="">'),
        (f'<a href="{CDN}/r%C3%A9.pdf?expires=1">report</a>', '<a href="attachment:<0>">report</a>'),
        (f'<a href="{CDN}/a.png?1"><img src="{CDN}/a.png?2"></a>',
         '<a href="attachment:<0>"><img src="attachment:<0>" alt=""></a>'),
        (f'x<img alt="dot" src="data:image/gif;base64,{base64.b64encode(GIF).decode()}">',
         'x<img src="attachment:<0>" alt="dot">'),
        ('<img alt="dot" src="data:image/svg+xml;base64,AAAA">', "dot"),
        ('<img alt="dot" src="data:image/png;base64,%%%">', "dot"),
        ("<pre>\n\n  a\n</pre>", "<pre>  a\n</pre>"),
    ],
)  # fmt: skip
def test_what_survives(raw: str, expected: str) -> None:
    assert html(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  a \n b&nbsp; c\t", "a b c"),
        ("<p>a</p><p>b</p>", "a\nb"),
        ("a<p>b</p>c<div>d</div>", "a\nb\nc\nd"),
        ("<p>a<br>b<br><br> c</p><p> </p><p>d</p>", "a\nb\nc\nd"),
        ("<b>bo</b>ld <i>x</i>", "bold x"),
        ("<h2>T</h2>text<hr>more", "T\ntext\n---\nmore"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ('<ol start="9"><li>a</li><li>b</li></ol>', "9. a\n10. b"),
        ("<ul><li>a<ol><li>b<ul><li>c</li></ul></li></ol></li><li>d</li></ul>", "- a\n  1. b\n    - c\n- d"),
        ("<ul><li>a<p>b</p></li><li></li></ul>", "- a\n  b"),
        ("<li>loose</li>", "- loose"),
        ("<blockquote><p>a</p>b<blockquote>c</blockquote></blockquote>d", "> a\n> b\n> > c\nd"),
        ("<blockquote><ul><li>a</li></ul></blockquote>", "> - a"),
        ("<pre>  a\n\n   b  \n</pre>c", "  a\n\n   b  \nc"),
        ("x<pre><code>a\nb</code></pre>y", "x\na\nb\ny"),
        ("<pre>a<br>b</pre>", "a\nb"),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td><p>x</p><p>y</p></td></tr></table>", "A | B\n1 | x y"),
        ("<table><tr><td><ul><li>a</li><li>b</li></ul></td><td>c<br>d</td></tr></table>", "- a - b | c d"),
        ('<a href="https://x.y">text</a>', "text (https://x.y)"),
        ('<a href="https://x.y">https://x.y</a>', "https://x.y"),
        ('a<a href="https://x.y"> </a>b', "a https://x.yb"),
        ('<a href="https://x.y?a=1&amp;b=2">https://x.y?a=1&amp;b=2</a>', "https://x.y?a=1&b=2"),
        ('<a href="mailto:a@b.c">mail</a> <a href="tel:+31">call</a>', "mail call"),
        (f'<a href="{CDN}/a.pdf">file</a>', "file"),
        ("<a>dead</a>", "dead"),
        (f'<img src="{CDN}/a.png" alt=" a  b "> and <img src="{CDN}/b.png">', "[image: a b] and [image]"),
        ('<img src="https://else.where/a.png" alt="Logo">', "Logo (https://else.where/a.png)"),
        ('<img src="https://else.where/a.png">', "https://else.where/a.png"),
        ("<p></p><div> &nbsp; </div>", ""),
    ],
)
def test_text_form(raw: str, expected: str) -> None:
    assert read(raw).text == expected


@pytest.mark.parametrize(
    "raw", [None, "", "<p></p>", "<p>&nbsp;</p>", "<div><br></div>", "<script>x</script>", '<img src="cid:1">']
)
def test_a_body_without_text_and_image_is_none(raw: str | None) -> None:
    body = read_body(raw, HOSTS)
    assert (body.pieces, body.text, body.files) == ((), "", ())


def test_files_are_one_for_each_path_in_document_order() -> None:
    body = read(
        f'<a href="{CDN}/b.pdf?1">b</a><img src="{CDN}/a.png?2"><img src="{CDN}/a.png?3"><a href="{CDN}/a.png#x">a</a>'
        f'<img src="data:image/gif;base64,{base64.b64encode(GIF).decode()}">'
    )
    assert [(file.path, file.inline, file.name) for file in body.files] == [
        (f"{CDN}/b.pdf", False, "b.pdf"),
        (f"{CDN}/a.png", True, "a.png"),
        (GIF_PATH, True, "image.gif"),
    ]
    assert body.files[2].data == GIF
    assert body.files[2].content_type == "image/gif"


def test_a_data_image_may_have_one_mebibyte() -> None:
    def image(size: int) -> str:
        return f'<img alt="big" src="data:image/png;base64,{base64.b64encode(bytes(size)).decode()}">'

    assert len(read(image(LARGEST_DATA_IMAGE)).files) == 1
    assert read(image(LARGEST_DATA_IMAGE + 1)).text == "big"
    assert read(image(LARGEST_DATA_IMAGE + 1)).files == ()


def test_nul_and_lone_surrogates_are_replaced() -> None:
    assert html("<p>a\0b\ud800c</p>") == "<p>a\ufffdb\ufffdc</p>"


def test_absurd_nesting_keeps_the_words() -> None:
    assert html("<div>" * 20_000 + "a &amp; <b>b</b>") == "a &amp; b"
    quoted = read("<blockquote>x" * 900)
    assert quoted.text.count("x") == 900
    assert len(quoted.text) < 100_000
    assert html("<p>x<br>" * 5000) == "<p>x<br></p>" * 5000


def test_the_hash_ignores_what_changes_in_file_addresses() -> None:
    def signed(query: str) -> str:
        return f'<p>x?y</p><img src="{CDN}/a.png{query}"><a href="https://else.where/?keep=1">k</a>'

    first = source_sha256(signed("?expires=1&amp;signature=a"), HOSTS)
    assert first == source_sha256(signed("?expires=2&amp;signature=b"), HOSTS) == source_sha256(signed(""), HOSTS)
    assert first == hashlib.sha256(signed("").encode()).hexdigest()
    assert first != source_sha256(signed("").replace("keep=1", "keep=2"), HOSTS)
    assert source_sha256("a\ud800\0", HOSTS) == hashlib.sha256(b"a\xed\xa0\x80\0").hexdigest()
    assert source_sha256("", HOSTS) is None
    assert source_sha256(None, HOSTS) is None


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://H.com/A/b.png?x=/y#z", "https://h.com/A/b.png"),
        (" https://h.com:8080/a b ", "https://h.com:8080/a b"),
        ("HTTPS://h.com#?", "https://h.com"),
        ("nonsense?x", "nonsense"),
    ],
)
def test_a_path_has_no_query(url: str, path: str) -> None:
    assert path_of(url).removesuffix("://") == path


ELEMENTS = (
    "p div span b a i ul ol li table tr td th tbody pre code br hr img iframe script style svg math title textarea "
    "button form font center marquee object select template noscript blockquote h1 caption xmp plaintext x-y"
)
TAGS = ELEMENTS.split()
ATTRIBUTES = st.sampled_from(
    [
        "",
        ' href="https://x.y/?a=1&b=2"',
        " href=javascript:alert(1)",
        ' href="mailto:a@b"',
        f' src="{CDN}/a.png?x=1"',
        f' href="{CDN}/a.pdf"',
        ' src="https://else/x.png" alt=\'"<img src=x onerror=y>\'',
        ' src="data:image/gif;base64,R0lGODlhAQABAAAAADs="',
        ' onclick="x" style="y" class=z',
        ' start="7" colspan=2',
        ' srcdoc="<script>x</script>"',
    ]
)
SOUP = st.lists(
    st.builds(lambda tag, attributes: f"<{tag}{attributes}>", st.sampled_from(TAGS), ATTRIBUTES)
    | st.sampled_from(TAGS).map(lambda tag: f"</{tag}>")
    | st.text(st.characters(), max_size=6)
    | st.sampled_from(
        ["\n", " ", "&lt;script&gt;", "&nbsp;", "<!--", "-->", "<![CDATA[", "<", "</", "\r\n", "a", "&#0;"]
    ),
    max_size=24,
).map("".join)
RULES = settings(max_examples=300, deadline=None)
ALLOWED_TAG = re.compile(
    r"<(?:/?(?:p|br|div|span|strong|b|em|i|u|s|del|ins|sub|sup|mark|small|h[1-6]|ul|li|blockquote|pre|code|table|thead|tbody"
    r"|tfoot|tr|hr|ol|a|td|th)|ol start=\"[^\"]*\"|(?:td|th)(?: (?:colspan|rowspan)=\"[^\"]*\")+"
    r"|a href=\"(?:https?:|mailto:|tel:|attachment:)?[^\"]*\"|img src=\"attachment:<\d+>\" alt=\"[^\"<>]*\")>"
)


@RULES
@given(SOUP)
@example("<p><marquee><p>x</p></marquee></p>")
@example("<table><caption>c</caption><tr><td>x</table>")
@example("<pre>\n\n\n\n\n\n\n\nx")
def test_nothing_but_what_is_allowed_survives(raw: str) -> None:
    written = html(raw)
    assert "<" not in ALLOWED_TAG.sub("", written)
    assert not re.search(r"href=\"\s*(javascript|data|vbscript)", written, re.IGNORECASE)
    assert not re.search("[\0\ud800-\udfff]", written)


@RULES
@given(SOUP)
def test_sanitising_twice_changes_nothing(raw: str) -> None:
    raw = re.sub("[\0\ud800-\udfff]", "", raw)
    once = sanitise(raw)
    assert sanitise(once) == once


@RULES
@given(SOUP)
def test_a_converted_body_parses_as_it_stands(raw: str) -> None:
    """What was put in for images and videos does not make the parser move things about."""
    written = read(raw).html({file.path: "att" for file in read(raw).files}).replace("attachment:att", "https://a/b")
    again = sanitise(written)
    assert again == written


@RULES
@given(SOUP)
def test_the_text_form_is_tidy(raw: str) -> None:
    text = read(raw).text
    assert text == text.strip("\n")
    if "<pre" not in raw and "<pre" not in html(raw):
        for line in text.split("\n"):
            assert line == line.rstrip()
            assert line or text == ""


@RULES
@given(st.text(st.characters(), max_size=30), st.sampled_from(["<p>", '<p class="no-margin">']))
def test_the_short_cut_for_a_plain_paragraph_is_no_different(text: str, start: str) -> None:
    raw = f"{start}{text}</p>"
    assert html(raw) == _read(raw, HOSTS).html({})
    assert read(raw).text == _read(raw, HOSTS).text


WORDS = st.text(st.characters(), max_size=8) | st.sampled_from(
    ["&amp;", "&nbsp;", "&quot;", "&lt", "&#0;", "\ufeff", "\r\n"]
)
ADDRESSES = st.sampled_from(
    ["https://a.example", "http://x-y.z9.co/a_b/%41?c=d&amp;e=f,g:h", "https://1.2.3.4/"]
) | st.builds(
    lambda host, path: f"https://{host}/{path}",
    st.text("aA0-._x:%", max_size=6),
    st.text("aZ0-._~%?=&;#@:é ", max_size=6),
)
LINES = st.lists(
    WORDS
    | st.just("<br>")
    | st.builds(lambda tag, words: f"<{tag}>{words}</{tag}>", st.sampled_from(["b", "em", "u", "code", "s"]), WORDS)
    | st.builds(
        lambda url, more, words: f'<a href="{url}"{more}>{words}</a>',
        ADDRESSES,
        st.sampled_from(["", ' rel="nofollow noopener noreferrer" target="_blank"', ' target="_blank"']),
        WORDS,
    ),
    max_size=4,
).map("".join)
MAIL = st.lists(
    LINES
    | st.builds(
        lambda tag, line: f"<{tag}>{line}</{tag.split()[0]}>",
        st.sampled_from(["p", 'p class="no-margin"', "h2"]),
        LINES,
    )
    | st.builds(
        lambda tag, items: f"<{tag}>{''.join(f'<li>{item}</li>' for item in items)}</{tag}>",
        st.sampled_from(["ul", "ol"]),
        st.lists(LINES, max_size=3),
    ),
    max_size=4,
).map("".join)


@RULES
@given(MAIL | SOUP)
@example("\ufeff<p>x</p>")
@example('<p rel="nofollow noopener noreferrer" target="_blank">x</p>')
@example('<a href="https://a.b/ rel="nofollow noopener noreferrer" target="_blank">x</a>')
@example("<ul>\n<li>x</li>\n</ul>\n<p></p>")
def test_what_is_not_parsed_is_what_the_parser_would_have_made_of_it(raw: str) -> None:
    raw = scrub(raw)
    assert sanitise(raw) == cleaned(raw)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<center>Order 1</center><center>Total 5</center>", "Order 1\nTotal 5"),
        ("<dl><dt>Term</dt><dd>Def</dd></dl>", "Term\nDef"),
        ("<section>One</section><section>Two</section>", "One\nTwo"),
        ("<address>Street 1</address>City", "Street 1\nCity"),
        ("<details><summary>More</summary>hidden</details>", "More\nhidden"),
        ("<p>a<legend>b</legend>c</p>", "a\nb\nc"),
        ("<menu><li>a</li><li>b</li></menu>", "- a\n- b"),
        ("<table><caption>Prices</caption><tr><td>1</td><td>2</td></tr></table>", "Prices\n1 | 2"),
        ("<listing>a\n b</listing>", "a\n b"),
    ],
)
def test_blocks_that_are_not_kept_stand_apart(raw: str, text: str) -> None:
    body = read(raw)
    assert body.text == text
    assert read(body.html({})).text == text


@pytest.mark.parametrize("host", ["app.intercom.com", "app.eu.intercom.com", "app.au.intercom.com", "app.intercom.io"])
@pytest.mark.parametrize("path", ["apps/abc1/admin/11", "a/apps/abc1/admins/11/", "apps/_/team/5"])
def test_mentions_read_as_such(host: str, path: str) -> None:
    body = read(f'<p><a class="entity_mention" href="//{host}/{path}"> <b>Maria</b></a> please</p>')
    assert body.text == "@Maria please"
    assert f'href="https://{host}/{path}"' in body.html({})


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ('<a href="//app.intercom.com/apps/a/admin/1">@Maria</a>', "@Maria"),
        ('<a href="//app.intercom.com/apps/a/admin/1">//app.intercom.com/x</a>', "//app.intercom.com/x"),
        ('<a href="//app.intercom.com/a/apps/a/users/1">Ada</a>', "Ada (https://app.intercom.com/a/apps/a/users/1)"),
        ('<a href="//shop.example/apps/a/admin/1">M</a>', "M (https://shop.example/apps/a/admin/1)"),
        ('<a title="How to pay" href="https://a.example/"></a>', "How to pay (https://a.example/)"),
        ('<a href="https://a.example/"></a>', "https://a.example/"),
        ('<a href="mailto:a%40b.example?subject=x"></a>', "a@b.example"),
        ('<a title="tip"></a>', "tip"),
        ("a<a></a>b", "ab"),
        ('<a href="https://a.example/"><img src="https://b.example/c.png"></a>',
         "https://b.example/c.png (https://a.example/)"),
        ('<img src="//b.example/c.png" alt="c">', "c (https://b.example/c.png)"),
    ],
)  # fmt: skip
def test_links_say_something(raw: str, text: str) -> None:
    assert read(raw).text == text


@pytest.mark.parametrize("tag", ["p", "b", "a", "img", "td", "center"])
def test_no_title_and_no_language_survives(tag: str) -> None:
    made = read(f'<{tag} lang="de" title="tip" href="https://a.example" src="https://b.example/x">x</{tag}>').html({})
    assert "lang" not in made
    assert "title" not in made


@pytest.mark.parametrize(
    "raw",
    [
        '<video controls src="{file}?expires=1"></video>',
        '<audio><source src="{file}?expires=1" type="x"><a href="{file}?expires=1">no player</a></audio>',
        '<iframe src="{file}?expires=1"></iframe>',
        '<video src="//{bare}?expires=1"></video>',
        '<a href="//{bare}?expires=1">clip.mp4</a>',
    ],
)
def test_media_on_the_file_hosts_are_files(raw: str) -> None:
    bare = "downloads.intercomcdn.com/i/o/abc/11/ab/clip.mp4"
    path = f"https://{bare}"
    body = read(raw.format(file=path, bare=bare))
    assert [(file.path, file.name, file.inline) for file in body.files] == [(path, "clip.mp4", False)]
    assert body.html({path: "att_1"}) == '<a href="attachment:att_1">clip.mp4</a>'
    assert body.text == "clip.mp4"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ('<video src="https://a.example/v.mp4">no <b>player</b></video>', "https://a.example/v.mp4"),
        ("<video>no <b>player</b></video>", "no player"),
        ('<video src="blob:x">no player</video>', "no player"),
        ('<video><source src="https://a.example/1"><source src="https://a.example/2"></video>',
         "https://a.example/1 https://a.example/2"),
        ('<picture><source src="https://a.example/1"><img src="https://a.example/2" alt="p"></picture>',
         "p (https://a.example/2)"),
    ],
)  # fmt: skip
def test_other_media_are_links_or_what_they_hold(raw: str, text: str) -> None:
    assert (read(raw).text, read(raw).files) == (text, ())


def test_names_from_addresses_have_blanks() -> None:
    for written, name in (("Screen+Shot+1%2B1.png", "Screen Shot 1+1.png"), ("a%20b.png", "a b.png")):
        (file,) = read(f'<img src="https://downloads.intercomcdn.com/i/o/{written}?x=1">').files
        assert file.name == name


def test_the_query_of_a_file_without_scheme_is_no_part_of_the_hash() -> None:
    one, other = (f'<img src="//downloads.intercomcdn.com/a.png?signature={n}">' for n in (1, 2))
    assert source_sha256(one, HOSTS) == source_sha256(other, HOSTS)
