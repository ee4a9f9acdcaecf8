"""Erasing a person from what this machine keeps: store, archive, logs and, where asked for, Ochre."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ochre_tui.core.errors import RecordError, UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.models import Contact, Conversation
from ochre_tui.migration import connection, destination
from ochre_tui.migration.convert.attachments import files_of
from ochre_tui.migration.convert.customers import email_key
from ochre_tui.migration.convert.ids import conversation_id
from ochre_tui.migration.importer.finalize import write_merges
from ochre_tui.migration.importer.records import load
from ochre_tui.migration.scan.result import drop_examples
from ochre_tui.migration.session import Session
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.ids import normal_email
from ochre_tui.ochre.records import Customer, Thread
from ochre_tui.store import deleted, outcomes, runs
from ochre_tui.store.archive import Archive
from ochre_tui.store.deleted import Traces
from ochre_tui.store.store import Store

_SHORTEST_WORD = 5
_BEGUN = "forgetting"
_ON_A_SERVER = "Delete them in Ochre itself; without --in-ochre they are named."


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Whom an erasure is about: contacts and conversations by Intercom's ids, the others by Ochre's."""

    contacts: list[str]
    conversations: list[str]
    customers: list[str]
    ochre_conversations: list[str]


def forget(
    session: Session, email: str, *, in_ochre: bool, confirm: Callable[[Forgotten], None] = lambda found: None
) -> Forgotten:
    """Erase who has this e-mail address, and who is the same customer, from what this machine keeps; with `in_ochre`
    their records leave the embedded workspace too. Later runs leave them and their conversations alone.

    `confirm` gets whom that is, and raises where it isn't wanted. UsageError where nobody has this address, or their
    records are on a server.
    """
    with session.lease(), session.store() as store, ExitStack() as stack:
        embedded = in_ochre or destination.pinned_server(session.paths) is None
        ochre = stack.enter_context(session.embedded(_ON_A_SERVER)) if embedded else None
        traces = _traces_of(store, email)
        begun = store.get(_BEGUN)
        if begun and begun["email"] == normal_email(email):
            traces = Traces(**begun["traces"])  # it was cut short: what is erased by now can't be looked up again
        if not traces.contacts:
            raise UsageError(
                f"Nobody with the e-mail address {clean_line(email, 80)} is known here.",
                advice="Look them up in Ochre with `ochre-tui search`; they may have another address.",
            )
        workspace = connection.pinned(store).id_code
        ochre_conversations = [conversation_id(workspace, id_) for id_ in traces.conversations]
        found = Forgotten(traces.contacts, traces.conversations, traces.customers, ochre_conversations)
        confirm(found)
        if ochre is not None and in_ochre:
            _take_out(ochre, found)  # first: once they are erased here, nobody can tell what is theirs in Ochre
        _erase(session, store, email, traces, in_ochre=in_ochre)
        if ochre is not None and not in_ochre:
            ochre.sweep()  # what left it earlier, as it was deleted in Intercom
    return found


def _traces_of(store: Store, email: str) -> Traces:
    """What the store has of everybody with this e-mail address, and of those who are the same customer."""
    wanted = normal_email(email)
    listed = deleted.contacts_with_key(store.conn, email_key(email))
    seen = [id_ for id_, known in deleted.emails_seen(store.conn) if normal_email(known) == wanted]
    return deleted.traces(store.conn, listed, seen)


def _erase(session: Session, store: Store, email: str, found: Traces, *, in_ochre: bool) -> None:
    """Erase these people from store, archive and logs; the space in the database is overwritten and given back."""
    paths = session.paths
    begun = store.get(_BEGUN) or {
        "email": normal_email(email),
        "traces": asdict(found),
        "words": sorted({email.strip(), *_words(store, found)}),
        "files": sorted(set(_file_paths(store, found, connection.attachment_hosts()))),
    }
    store.set(_BEGUN, begun)
    words, file_paths = begun["words"], begun["files"]
    run = runs.latest(store.conn)
    store.conn.execute("PRAGMA secure_delete = ON")
    with store.transaction() as conn:
        deleted.erase(conn, found, file_paths, words, int(session.now()))
        if run is not None:
            outcomes.skip_known(conn, run.id, "customers", found.customers, deleted.REASON)
            outcomes.skip_known(conn, run.id, "conversations", found.conversations, deleted.REASON)
    session.audit("forget", contacts=len(found.contacts), conversations=len(found.conversations), in_ochre=in_ochre)
    drop_examples(store)
    store.set("verified", None)
    store.set("verifying", None)
    for copy in paths.folder.glob("state.db.before-*"):
        copy.unlink()  # from before a change of the schema: they are in there too
    if paths.merges.exists():
        write_merges(store, paths.merges)
    for log in sorted(paths.logs.glob("*.log*")):
        _without_lines(log, words)
    store.set(_BEGUN, None)  # their names are in it
    store.shrink()


def _take_out(workspace: EmbeddedWorkspace, found: Forgotten) -> None:
    """Take their records out of the workspace for good, whoever changed them since."""
    workspace.remove((Thread, id_) for id_ in found.ochre_conversations)
    workspace.remove((Customer, id_) for id_ in found.customers)
    workspace.sweep()
    for copy in workspace.folder.glob("workspace.db.before-*"):
        copy.unlink()  # as above


def _words(store: Store, found: Traces) -> Iterator[str]:
    """Names, e-mails and phone numbers, as logs could hold them."""
    for raw in _raw(store, "contact", found.contacts):
        contact = Contact.read(raw)
        yield from (
            word.strip()
            for word in (contact.name, contact.email, contact.phone)
            if word and len(word.strip()) >= _SHORTEST_WORD
        )


def _file_paths(store: Store, found: Traces, hosts: FileHosts) -> Iterator[str]:
    for raw in _raw(store, "conversation", found.conversations):
        yield from (ref.path for ref in files_of(Conversation.read(raw), hosts))


def _raw(store: Store, kind: str, ids: list[str]) -> Iterator[Any]:
    archive = Archive(store.seal)
    for id_ in ids:
        try:
            raw = archive.read(store.conn, kind, id_)
            if raw is not None:
                yield load(raw)
        except RecordError:  # damaged, so nothing can be read from it; it is erased all the same
            continue


def _without_lines(log: Path, words: list[str]) -> None:
    lowered = [word.casefold() for word in words]
    lines = log.read_text("utf-8", "replace").splitlines(keepends=True)
    kept = [line for line in lines if not any(word in line.casefold() for word in lowered)]
    if len(kept) < len(lines):
        with log.open("r+", encoding="utf-8") as file:
            file.writelines(kept)
            file.truncate()
