"""Companies."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ochre_tui.intercom.models import Company as IntercomCompany
from ochre_tui.intercom.models import decoded
from ochre_tui.migration.convert import ids
from ochre_tui.migration.convert.context import Lookups
from ochre_tui.migration.convert.fields import convert_attributes
from ochre_tui.migration.convert.tags import tag_names
from ochre_tui.ochre.records import Company, Scope


@dataclass(frozen=True, slots=True)
class ConvertedCompany:
    """A company; `tags_seen` and `unmapped` as for conversations."""

    company: Company
    tags_seen: dict[str, str]
    unmapped: Counter[tuple[Scope, str]]


def convert_company(source: IntercomCompany, lookups: Lookups) -> ConvertedCompany:
    """The company for one of Intercom's."""
    fields = convert_attributes(source.custom_attributes, lookups.rules("company"))
    company = Company(
        id=ids.company_id(lookups.workspace, source.id),
        name=source.name,
        intercom_id=source.id,
        company_id=source.company_id,
        website=source.website,
        industry=source.industry,
        size=source.size,
        plan=decoded(source.plan.name) if source.plan and source.plan.name else None,
        monthly_spend=None if source.monthly_spend is None else float(source.monthly_spend),
        tags=tag_names(source.tags, lookups.tags),
        custom_fields=fields.values,
        unmapped=fields.unmapped,
        created_at=fields.time("created_at", source.created_at),
        updated_at=fields.time("updated_at", source.updated_at),
    )
    seen = {tag.id: tag.name for tag in source.tags if tag.id and tag.name}
    return ConvertedCompany(company, seen, Counter(("company", name) for name in fields.unmapped))
