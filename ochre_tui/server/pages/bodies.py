"""Messages' HTML, sanitised once more on its way to a browser: whoever wrote the workspace need not be trusted."""

from __future__ import annotations

import re

import nh3
from markupsafe import Markup, escape

from ochre_tui.ochre.html import ATTRIBUTES, DROPPED_TAGS, LINK_SCHEMES, TAGS

_LINK = re.compile(f"(?:{'|'.join(sorted(LINK_SCHEMES))}):", re.IGNORECASE)
_IMAGE = re.compile(r"attachment:([A-Za-z0-9_-]{1,100})")
# The parser's time grows with the square of the depth.
_MOST_TAGS = 5_000
_LONGEST = 2_000_000


def _checked(tag: str, attribute: str, value: str) -> str | None:
    if (tag, attribute) == ("img", "src"):
        image = _IMAGE.fullmatch(value)
        return f"/attachments/{image[1]}" if image else None
    if attribute == "href":
        return value if _LINK.match(value) else None
    return value


_CLEANER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=DROPPED_TAGS,
    attributes=ATTRIBUTES,
    attribute_filter=_checked,
    link_rel="noopener noreferrer nofollow",
    url_schemes=LINK_SCHEMES | {"attachment"},
)


def shown(body_html: str | None, body_text: str | None) -> Markup:
    """A body that no browser runs anything of; images are those of its attachments. One too deep comes as its text."""
    if body_html is not None and len(body_html) <= _LONGEST and body_html.count("<") <= 2 * _MOST_TAGS:
        return Markup(_CLEANER.clean(body_html))  # noqa: S704 - this is what made it safe
    text = body_text if body_html is None or body_text else body_html
    return Markup('<div class="plain">{}</div>').format(escape(text or ""))
