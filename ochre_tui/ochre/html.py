"""Which HTML a body in Ochre may consist of."""

from __future__ import annotations

from typing import Final

_TAGS = (
    "p br div span strong b em i u s del ins sub sup mark small h1 h2 h3 h4 h5 h6 ul ol li a blockquote pre code "
    "table thead tbody tfoot tr th td img hr"
)
_DROPPED_TAGS = (
    "script style object embed template noscript title svg math button select option optgroup datalist textarea input "
    "iframe"
)

TAGS: Final = frozenset(_TAGS.split())
"""The elements that stay; of others only the text does."""
DROPPED_TAGS: Final = frozenset(_DROPPED_TAGS.split())
"""The elements that go with all that is in them."""
ATTRIBUTES: Final = {
    "*": frozenset(),  # or the cleaner's own: lang and title of any element
    "a": frozenset({"href"}),
    "img": frozenset({"src", "alt"}),
    "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan"}),
    "ol": frozenset({"start"}),
}
LINK_SCHEMES: Final = frozenset({"http", "https", "mailto", "tel"})
"""Where links may lead; an image is `attachment:` and the id of an attachment."""
