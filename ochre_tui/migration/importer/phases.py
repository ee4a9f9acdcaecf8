"""The import from its first phase to its last; each one finds what is done and goes on."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ochre_tui.core.tasks import gather_or_raise
from ochre_tui.migration.importer import customers as importer_people
from ochre_tui.migration.importer import finalize
from ochre_tui.migration.importer.companies import company_ids, list_companies, read_named_companies, write_companies
from ochre_tui.migration.importer.conversations import convert_again, import_conversations
from ochre_tui.migration.importer.deletions import settle_deletions
from ochre_tui.migration.importer.list_contacts import list_contacts
from ochre_tui.migration.importer.list_conversations import begin_pass, list_conversations
from ochre_tui.migration.importer.reference import Reference, read_reference
from ochre_tui.migration.importer.run_context import RunContext
from ochre_tui.migration.plan.scope import selection, workspace_zone
from ochre_tui.ochre.target import Target
from ochre_tui.store import deleted, events, people, runs, sync_passes, worklist
from ochre_tui.store.store import Store
from ochre_tui.store.worklist import Listed

_CUSTOMERS = 200

_LEFT_OUT = {
    "range": "outside the plan's date range",
    "state": "of a state that the plan leaves out",
    "channel": "of a channel that the plan leaves out",
    "old": "closed longer ago than the plan keeps",
}


async def import_everything(context: RunContext) -> None:
    """One whole run. Raises StoppedError, or what made it impossible to go on; running again goes on from there."""
    await _enter(context, "setup")
    reference = await read_reference(context)
    await _enter(context, "listing")
    await begin_pass(context)
    await gather_or_raise(
        list_conversations(context), list_contacts(context, reference.tag_names), list_companies(context)
    )
    await settle_deletions(context)
    await _decide_scope(context)
    await _enter(context, "people")
    reference = await _write_people(context, reference)
    await _enter(context, "conversations")
    await import_conversations(context, reference)
    await _enter(context, "closing")
    await _close(context, reference)
    if context.limit is None:
        await context.writer.do(lambda store, _: _complete_pass(store, context.run))


async def _enter(context: RunContext, phase: str) -> None:
    await context.wait_while_paused()
    await context.writer.do(partial(_set_phase, run=context.run, phase=phase, now=context.now()))


def _set_phase(store: Store, _: Target, *, run: int, phase: str, now: int) -> None:
    with store.transaction() as conn:
        runs.enter(conn, run, phase)
        events.note(conn, now, "info", "phase", phase)


async def _decide_scope(context: RunContext) -> None:
    chosen = selection(context.plan, context.now(), workspace_zone(context.workspace.timezone))
    erased = deleted.conversations(context.reader.conn)

    def left_out(row: Listed) -> str | None:
        if row.id in erased:
            return deleted.REASON
        why = chosen.left_out(
            created_at=row.created_at, updated_at=row.updated_at, state=row.state, source_type=row.source_type
        )
        return None if why is None else _LEFT_OUT[why]

    def decide(store: Store, _: Target) -> None:
        with store.transaction() as conn:
            for _done in worklist.decide_scope(conn, context.run, left_out):
                pass

    await context.writer.do(decide)


async def _write_people(context: RunContext, reference: Reference) -> Reference:
    """Companies before the customers that name them; staff that only conversations know is known from then on."""
    workspace, listed = context.workspace.id_code, reference.listed_admins
    await read_named_companies(context)
    await context.writer.do(lambda store, target: write_companies(store, target, context.run, reference.lookups))
    await context.writer.do(lambda store, _: importer_people.group_contacts(store, context.run, workspace))
    companies = await context.writer.do(lambda store, _: company_ids(store, workspace))
    lookups = await context.writer.do(lambda store, _: finalize.with_unlisted(store, reference.lookups, listed))
    complete = replace(reference, lookups=replace(lookups, companies=companies))
    if context.plan.import_.contacts == "all":
        await _write_customers(context, complete)
    await context.writer.do(lambda store, _: _count_contacts(store, context.run))
    return complete


async def _write_customers(context: RunContext, reference: Reference) -> None:
    everybody = context.plan.import_.contacts == "all"
    next_ids = people.customers_to_do if everybody else people.talking_customers_to_do
    last = ""
    while ids := next_ids(context.reader.conn, last, _CUSTOMERS):
        await context.wait_while_paused()
        last = ids[-1]
        await context.writer.do(
            partial(importer_people.write_customers, run=context.run, lookups=reference.lookups, ids=ids)
        )
        context.progress.records += len(ids)


async def _close(context: RunContext, reference: Reference) -> None:
    """Settle who the unlisted people are, convert again what took them for others, then all that sums up the rest."""
    run, workspace = context.run, context.workspace.id_code
    moved = await context.writer.do(lambda store, _: importer_people.settle_unlisted(store, run, workspace))
    moved += await context.writer.do(
        lambda store, target: finalize.settle_staff(store, target, run, workspace, reference.listed_admins)
    )
    if context.plan.import_.contacts == "with-conversations":
        await context.writer.do(lambda store, _: _note_silent_customers(store, run))
    await _write_customers(context, reference)
    if moved:
        lookups = await context.writer.do(
            lambda store, _: finalize.with_unlisted(store, reference.lookups, reference.listed_admins)
        )
        await convert_again(context, replace(reference, lookups=lookups))
    await read_named_companies(context)
    await context.writer.do(lambda store, target: write_companies(store, target, run, reference.lookups))
    await context.writer.do(lambda store, target: importer_people.remove_absorbed(store, target))
    await context.writer.do(lambda store, target: finalize.drop_superseded(store, target, run, reference))
    await context.writer.do(lambda store, target: finalize.write_tags(store, target, run, workspace))
    await finalize.write_saved_replies(context, reference)
    await context.writer.do(lambda store, _: _count_contacts(store, run))


def _note_silent_customers(store: Store, run: int) -> None:
    with store.transaction() as conn:
        people.note_silent(conn, run)


def _complete_pass(store: Store, run: int) -> None:
    with store.transaction() as conn:
        sync_passes.complete(conn, run)


def _count_contacts(store: Store, run: int) -> None:
    read, merged, placeholders = people.count_contacts(store.conn, run)
    store.set("contacts", {"read": read, "merged": merged, "placeholders": placeholders})
    with store.transaction() as conn:
        people.note_unchanged(conn, run)
