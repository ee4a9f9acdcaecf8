"""Companies, from the archive into the target."""

from __future__ import annotations

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.models import Company
from ochre_tui.migration.convert.companies import convert_company
from ochre_tui.migration.convert.context import Lookups
from ochre_tui.migration.convert.ids import company_id
from ochre_tui.migration.importer.raw import load
from ochre_tui.migration.importer.records import one_record, put_each
from ochre_tui.ochre.records import Company as OchreCompany
from ochre_tui.ochre.target import Target
from ochre_tui.store import companies, outcomes, runs, tags
from ochre_tui.store.archive import Archive
from ochre_tui.store.outcomes import Outcome
from ochre_tui.store.store import Store

_PAGE = 500


def write_companies(store: Store, target: Target, run: int, lookups: Lookups) -> None:
    """Convert and write what is new or has changed; note the others as unchanged."""
    archive = Archive(store.seal)
    last = ""
    while ids := companies.to_do(store.conn, last, _PAGE):
        last = ids[-1]
        records: list[OchreCompany] = []
        results: list[tuple[str, Outcome, str | None]] = []
        seen: dict[str, str] = {}
        for id_ in ids:
            raw = archive.read(store.conn, "company", id_)
            try:
                with one_record():
                    converted = convert_company(Company.read(load(raw or b"")), lookups)
            except RecordError as error:
                results.append((id_, "quarantined", error.title))
                continue
            records.append(converted.company)
            seen.update(converted.tags_seen)
        done: list[str] = []
        for company, outcome in zip(records, put_each(target, run, records), strict=True):
            if isinstance(outcome, RecordError):
                results.append((company.intercom_id, "quarantined", outcome.title))
            else:
                results.append((company.intercom_id, outcome, None))
                done.append(company.intercom_id)
        with store.transaction() as conn:
            runs.target_took(conn, target.writes())
            tags.see(conn, seen.items())
            outcomes.record(conn, run, "companies", results)
            companies.done(conn, done)
    with store.transaction() as conn:
        companies.note_unchanged(conn, run)


def company_ids(store: Store, workspace: str) -> dict[str, str]:
    """Ochre's id for every company that is known, by Intercom's."""
    return {id_: company_id(workspace, id_) for id_ in companies.all_ids(store.conn)}
