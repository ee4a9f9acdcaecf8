"""Tags: one per Intercom id, those with equal names are one."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping

from ochre_tui.intercom.models import Ref, decoded, scrub
from ochre_tui.migration.convert import ids
from ochre_tui.migration.convert.part_order import by_number
from ochre_tui.ochre.records import Tag


def tag_name(raw: str) -> str:
    """A tag's name as Ochre keeps it: unescaped, trimmed, NFC."""
    return unicodedata.normalize("NFC", scrub(decoded(raw))).strip()


def merge_tags(seen: Iterable[tuple[str, str]], workspace: str) -> list[Tag]:
    """The tags for all (Intercom id, name) pairs, sorted by id; a group's id comes from its lowest Intercom id.

    Nameless ones are left out. Should one id come with several names the first counts.
    """
    names: dict[str, str] = {}
    for intercom_id, raw in seen:
        if name := tag_name(raw):
            names.setdefault(intercom_id, name)
    groups: dict[str, list[str]] = defaultdict(list)
    for intercom_id, name in names.items():
        groups[name].append(intercom_id)
    tags = []
    for name, members in groups.items():
        lowest = min(members, key=by_number)
        tags.append(Tag(ids.tag_id(workspace, lowest), name, tuple(sorted(members))))
    return sorted(tags, key=lambda tag: tag.id)


def tag_names(refs: Iterable[Ref], known: Mapping[str, str]) -> tuple[str, ...]:
    """The names of a record's tags, sorted: the workspace's name for an id, else the one the record carries."""
    found = set()
    for ref in refs:
        name = (known.get(ref.id) if ref.id else None) or tag_name(ref.name or "")
        if name:
            found.add(name)
    return tuple(sorted(found))
