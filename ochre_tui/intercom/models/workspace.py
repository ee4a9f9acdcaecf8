"""What belongs to a workspace as a whole: tags, attribute definitions, macros."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import Field, PlainValidator

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.models.record import Record
from ochre_tui.intercom.models.values import Flag, Id, Ids, Lenient, Object, Raw, Text, as_text

Model: TypeAlias = Literal["contact", "company", "conversation"]


class Tag(Record):
    kind: ClassVar[str] = "tag"

    name: Text = None


def _labels(value: Any) -> tuple[str, ...]:
    """Options as labels: Intercom sends strings or objects."""
    if not isinstance(value, list):
        return ()
    labels = (as_text(o.get("label") or o.get("value") or o.get("name") if isinstance(o, dict) else o) for o in value)
    return tuple(dict.fromkeys(label for label in labels if label))


class DataAttribute(Lenient):
    """The definition of an attribute, `/data_attributes` and `/conversations/attributes` in one shape."""

    id: Id = None
    type: Text = None
    model: Text = None
    name: Text = None
    full_name: Text = None
    label: Text = None
    description: Text = None
    data_type: Text = None
    options: Annotated[tuple[str, ...], PlainValidator(_labels)] = ()
    custom: Flag = False
    archived: Flag = False
    multi: Flag = False
    reference: Object = Field(default_factory=dict)

    @classmethod
    def read(cls, raw: Any, model: Model) -> Self:
        """The definition in `raw`; `model` says whose it is where `raw` does not. RecordError if it has no name."""
        definition = cls.model_validate(raw if isinstance(raw, dict) else {})
        full_name = definition.full_name or ""
        name = definition.name or full_name.rpartition(".")[2]
        if not name:
            raise RecordError(
                "Intercom sent an attribute without a name.",
                meaning="Values of this attribute can't be mapped.",
                advice="Look at the workspace's custom data settings in Intercom.",
            )
        return definition.model_copy(
            update={
                "name": name,
                "label": definition.label or name,
                "model": definition.model or model,
                "custom": definition.custom or model == "conversation" or full_name.startswith("custom_attributes."),
                "multi": definition.multi or definition.reference.get("type") == "many",
            }
        )


class Macro(Record):
    kind: ClassVar[str] = "macro"

    name: Text = None
    body: Raw = None
    body_text: Raw = None
    visible_to: Text = None
    visible_to_team_ids: Ids = ()
    updated_at: Any = None
