"""The custom fields of an embedded workspace, made by hand: what attributes can be mapped to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ochre_tui.core.errors import UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.ochre.columns import CUSTOM_FIELDS
from ochre_tui.ochre.embedded.administration import storable
from ochre_tui.ochre.embedded.workspace import BY_HAND, EmbeddedWorkspace
from ochre_tui.ochre.ids import field_id
from ochre_tui.ochre.records import CustomField, FieldType, Scope

_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SELECTS = {"single_select", "multi_select"}


def add_field(
    workspace: EmbeddedWorkspace,
    scope: Scope,
    key: str,
    type: FieldType,  # noqa: A002 - the word of the contract and of the record
    label: str | None = None,
    options: Sequence[str] = (),
) -> CustomField:
    """Add a custom field, or update the label and options of the one with this key; UsageError when that can't be.

    Without a label a new field is labelled by its key.
    """
    options = tuple(storable(option).strip() for option in options)
    known = workspace.record(CUSTOM_FIELDS, field_id(scope, key))
    _check(key, type, options, known)
    field = CustomField(
        id=field_id(scope, key),
        scope=scope,
        key=key,
        label=storable(label or "").strip() or (known.label if known else key),
        type=type,
        options=options or (known.options if known else ()),
        source_name=known.source_name if known else None,
    )
    workspace.put(BY_HAND, [field])
    return field


def _check(key: str, kind: FieldType, options: Sequence[str], known: CustomField | None) -> None:
    if not _KEY.fullmatch(key):
        raise UsageError(
            f"{clean_line(key)} is no key for a field",
            advice="Use up to 63 lower-case letters, digits and underscores, a letter first.",
        )
    if known and known.type != kind:
        raise UsageError(
            f"The {known.scope} field {key} is of type {known.type}; a field keeps its type",
            advice="Choose another key for a field of another type.",
        )
    if kind in _SELECTS and not (options or known):
        raise UsageError(f"A {kind} field needs options", advice="Name each with --option.")
    if kind not in _SELECTS and options:
        raise UsageError(f"A {kind} field has no options", advice="Leave the options out, or choose single_select.")
    if "" in options or len(set(options)) != len(options):
        raise UsageError("The options must differ from each other, and none may be empty")
