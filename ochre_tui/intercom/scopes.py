"""The permissions a token needs, named as Intercom's Developer Hub names them."""

from __future__ import annotations

import re
from dataclasses import dataclass

USERS_AND_COMPANIES = "Read and list users and companies"
CONVERSATIONS = "Read conversations"
TAGS = "Read tags"
ADMINS = "Read admins"
TICKETS = "Read tickets"
ARTICLES = "Read and list articles"
NEWS = "Read news"


@dataclass(frozen=True, slots=True)
class Scope:
    """A permission; `needed` for the import, else only for counting what stays behind. Probed by one cheap request."""

    name: str
    needed: bool
    path: str
    search: bool = False


SCOPES: tuple[Scope, ...] = (
    Scope(USERS_AND_COMPANIES, True, "/contacts"),
    Scope(CONVERSATIONS, True, "/conversations"),
    Scope(TAGS, True, "/tags"),
    Scope(ADMINS, True, "/admins"),
    Scope(TICKETS, False, "/tickets/search", search=True),
    Scope(ARTICLES, False, "/articles"),
    Scope(NEWS, False, "/news/news_items"),
)
NEEDED = frozenset(scope.name for scope in SCOPES if scope.needed)

_BY_PATH = (
    (r"/(contacts|companies|segments|data_attributes|subscription_types|visitors|events)\b", USERS_AND_COMPANIES),
    (r"/(conversations|macros)\b", CONVERSATIONS),
    (r"/tags\b", TAGS),
    (r"/(admins|teams|me|away_status_reasons)\b", ADMINS),
    (r"/(tickets|ticket_types|ticket_states)\b", TICKETS),
    (r"/(articles|internal_articles|help_center)\b", ARTICLES),
    (r"/news\b", NEWS),
)


def name_for(path: str) -> str:
    """The permission that `path` needs, as the Developer Hub calls it."""
    for pattern, name in _BY_PATH:
        if re.match(pattern, path):
            return name
    return f"Read {path.strip('/').split('/')[0].replace('_', ' ')}"
