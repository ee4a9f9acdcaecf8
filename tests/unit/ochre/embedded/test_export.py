"""The export ZIP: the contract's files, byte for byte."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ochre_tui.core.errors import StoreError
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace, open_workspace
from ochre_tui.ochre.records import (
    Attachment,
    Author,
    Company,
    Customer,
    CustomField,
    Message,
    Note,
    SavedReply,
    Tag,
    Thread,
    User,
)
from ochre_tui.ochre.target import Record, Target
from tests.support.records import BARE_CONVERSATION

GOLDEN = Path(__file__).with_name("golden_export")
BYTES = b"\x89PNG small"
SHA256 = hashlib.sha256(BYTES).hexdigest()
AT = 1_700_000_000

CONVERSATION = replace(
    BARE_CONVERSATION,
    id="cnv_a",
    subject="Export “fails”\n</script>",
    status="snoozed",
    priority="urgent",
    assignee_id="usr_ana",
    assignee_email="ana@team.example",
    assignee_intercom_id="814860",
    team="Tier 2",
    customer_ids=("cus_b", "cus_a"),
    tags=("bug", "vip"),
    custom_fields={"z": 1, "a": [True, None]},
    unmapped={"Old Thing": "x", "Another": {"b": 1, "a": 2}},
    rating=4,
    rating_remark="ok",
    created_at=AT,
    updated_at=AT + 60,
    snoozed_until=AT + 3600,
    intercom_id="801",
    source_part_count=3,
    incomplete=True,
)
BARE = replace(BARE_CONVERSATION, id="cnv_b", subject="(no subject)", intercom_id="802", source_part_count=None)


def message(position: int, author: Author, **changes: object) -> Message:
    made = Message(
        id=f"msg_{9 - position}",
        conversation_id="cnv_a",
        position=position,
        kind="reply",
        source_id=str(position),
        source_type="comment",
        author=author,
        created_at=AT + position,
        body_html="<p>Zoë</p>",
        body_text="Zoë",
        source_sha256="0" * 64,
        redacted=False,
        tags=(),
        event=None,
        attachment_ids=(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # each change is of its field's type


def attachment(name: str, sha256: str | None) -> Attachment:
    state, size, reason = ("stored", len(BYTES), None) if sha256 else ("missing", 99, "gone (404)")
    return Attachment(
        id=f"att_{name}",
        conversation_id="cnv_a",
        message_id="msg_9",
        name=f"{name}.png",
        source_name=f"../{name}.png",
        content_type="image/png",
        size=size,
        sha256=sha256,
        inline=name == "b",
        state="stored" if state == "stored" else "missing",
        reason=reason,
    )


CUSTOMERS = [
    Customer(
        id="cus_b",
        name="Zoë",
        email="zoe@acme.example",
        email_aliases=("z@old.example",),
        phone="+49",
        external_ids=("u1", "u2"),
        intercom_ids=("c1", "c2"),
        can_sign_in=True,
        placeholder=False,
        company_ids=("cmp_1",),
        tags=("vip",),
        custom_fields={"plan": "pro"},
        unmapped={},
        created_at=AT,
        updated_at=AT,
    ),
    Customer("cus_a", None, None, (), None, (), ("c0",), False, True, (), (), {}, {}, None, None),
]
RECORDS: list[Record] = [
    User("usr_bot", None, "Intercom Bot", "agent", "active", (), True, True),
    User("usr_ana", "ana@team.example", "Ana", "admin", "active", ("814860", "9")),
    User("usr_bo", "bo@team.example", None, None, "historical", ("77",)),
    CustomField("fld_1", "customer", "plan", "Plan", "single_select", ("free", "pro"), "Plan Tier"),
    Tag("tag_2", "vip", ("8",)),
    Tag("tag_1", "bug"),
    Company(
        "cmp_1",
        "Acme",
        "co1",
        "acme",
        "https://acme.example",
        None,
        12,
        "Pro",
        99.5,
        (),
        {},
        {"big": 2**70},
        AT,
        AT,
        notes=(Note("7", "ana@team.example", "Ana", AT, "<p>Pays late</p>", "Pays late"), Note(*[None] * 6)),
    ),
    SavedReply("srp_1", "Hi", "<p>Hi</p>", "Hi", "m1", "team: Tier 2", ("mystery",)),
    *CUSTOMERS,
    Thread(BARE),
    Thread(
        CONVERSATION,
        (
            message(
                0,
                Author("customer", "cus_b", None, "Zoe in Intercom"),
                attachment_ids=("att_b", "att_a"),
                to=("help@acme.example",),
                cc=("a@b.example", "c@d.example"),
                email_message_id="<1@mail.example>",
                quoted_html="<p>old</p>",
                quoted_text="old",
            ),
            message(1, Author("user", "usr_ana", None, "Ana I."), kind="note", tags=("bug",)),
            message(2, Author("bot", "usr_bot", None, "Operator")),
            message(3, Author("user", None, "Tier 2", "Tier 2"), redacted=True),
            message(4, Author("user", "usr_bo", None, "Bo")),
            message(5, Author("customer", "cus_a")),
            message(
                6,
                Author("system"),
                kind="event",
                body_html=None,
                body_text=None,
                source_sha256=None,
                created_at=None,
                event={"rating": 4, "assigned_to": {"kind": "admin", "id": "814860"}},
            ),
        ),
        (attachment("b", SHA256), attachment("a", None), attachment("c", SHA256)),
    ),
]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[EmbeddedWorkspace]:
    opened = open_workspace(tmp_path / "workspace", "acme", "Acme")
    spooled = tmp_path / "spooled"
    spooled.write_bytes(BYTES)
    opened.add_files([(spooled, SHA256)])
    yield opened
    opened.close()


def export(target: Target, out: Path) -> dict[str, bytes]:
    target.export(out, exported_at=AT, tool_version="0.1.0", migration="default")
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_export_is_the_golden_one(target: Target, tmp_path: Path) -> None:
    target.put(1, RECORDS)
    found = export(target, tmp_path / "out.zip")
    assert found.pop(f"attachments/{SHA256[:2]}/{SHA256}") == BYTES
    if os.environ.get("UPDATE_GOLDEN"):
        for name, content in found.items():
            (GOLDEN / name).write_bytes(content)
    assert found == {path.name: path.read_bytes() for path in GOLDEN.iterdir()}


def test_every_line_has_the_contracts_fields_in_their_order(target: Target, tmp_path: Path) -> None:
    target.put(1, RECORDS)
    found = export(target, tmp_path / "out.zip")
    keys = {name: list(json.loads(content.splitlines()[0])) for name, content in found.items() if "json" in name}
    assert {name: ", ".join(fields) for name, fields in keys.items()} == {
        "workspace.json": "name, slug, exported_at, tool_version, migration",
        "team.jsonl": "id, email, name, role, state, intercom_admin_ids, is_bot, hidden_from_reports",
        "customers.jsonl": "id, name, email, email_aliases, phone, external_ids, intercom_ids, can_sign_in,"
        " placeholder, company_ids, tags, notes, custom_fields, unmapped, created_at, updated_at",
        "companies.jsonl": "id, name, intercom_id, company_id, website, industry, size, plan, monthly_spend, tags,"
        " notes, custom_fields, unmapped, created_at, updated_at",
        "custom_fields.jsonl": "id, scope, key, label, type, options, source_name",
        "tags.jsonl": "id, name, intercom_ids",
        "saved_replies.jsonl": "id, title, body_html, body_text, intercom_id, visibility, unknown_placeholders",
        "conversations.jsonl": "id, subject, status, priority, channel, assignee_id, assignee_email,"
        " assignee_intercom_id, team, customer_ids, tags, custom_fields, unmapped, rating, rating_remark, created_at,"
        " updated_at, snoozed_until, intercom_id, source_part_count, incomplete",
        "messages.jsonl": "id, conversation_id, position, kind, source_id, source_type, author, created_at, body_html,"
        " body_text, source_sha256, redacted, tags, event, to, cc, email_message_id, quoted_html, quoted_text,"
        " attachment_ids",
        "attachments.jsonl": "id, conversation_id, message_id, name, source_name, content_type, size, sha256, inline,"
        " state, reason",
        "aliases.jsonl": "kind, value, conversation_id, customer_id",
    }


def test_equal_workspaces_export_to_equal_bytes(target: Target, tmp_path: Path) -> None:
    target.put(1, RECORDS)
    other = open_workspace(tmp_path / "other", "acme", "Acme")
    for run, record in enumerate(reversed(RECORDS), 1):
        other.put(run, [record])
    other.files.add([(_spooled(tmp_path), SHA256)])
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    export(target, first)
    export(other, second)
    assert first.read_bytes() == second.read_bytes()
    other.close()


def _spooled(folder: Path) -> Path:
    path = folder / "again"
    path.write_bytes(BYTES)
    return path


def test_a_renamed_customer_is_renamed_in_all_messages(target: Target, tmp_path: Path) -> None:
    target.put(1, RECORDS)
    target.put(2, [replace(CUSTOMERS[0], name="Zoe M.", email="zm@acme.example")])
    first = json.loads(export(target, tmp_path / "out.zip")["messages.jsonl"].splitlines()[0])
    assert first["author"] == {
        "kind": "customer",
        "id": "cus_b",
        "email": "zm@acme.example",
        "name": "Zoe M.",
        "source_name": "Zoe in Intercom",
    }


def test_an_empty_workspace_exports_empty_files(target: Target, tmp_path: Path) -> None:
    found = export(target, tmp_path / "out.zip")
    assert {name for name, content in found.items() if content} == {"workspace.json"}
    assert len(found) == 11


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_the_export_is_the_owners_alone(workspace: EmbeddedWorkspace, tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        export(workspace, tmp_path / "out.zip")
    finally:
        os.umask(before)
    assert (tmp_path / "out.zip").stat().st_mode & 0o777 == 0o600


def test_missing_bytes_are_said_and_an_older_export_is_kept(
    target: Target, workspace: EmbeddedWorkspace, tmp_path: Path
) -> None:
    target.put(1, RECORDS)
    workspace.files.discard(SHA256)
    out = tmp_path / "out.zip"
    out.write_bytes(b"an older export")
    with pytest.raises(StoreError, match=SHA256):
        export(target, out)
    assert out.read_bytes() == b"an older export"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.zip", "workspace"]


def test_a_leftover_of_a_killed_export_is_replaced(target: Target, tmp_path: Path) -> None:
    (tmp_path / ".out.zip.partial").write_bytes(b"half" * 100_000)
    export(target, tmp_path / "out.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.zip", "workspace"]


def test_a_folder_that_is_not_there_is_named(target: Target, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"):
        export(target, tmp_path / "nowhere" / "out.zip")


def test_what_is_written_meanwhile_is_not_half_in_it(workspace: EmbeddedWorkspace, tmp_path: Path) -> None:
    workspace.put(1, RECORDS)
    other = open_workspace(tmp_path / "workspace", "acme", "Acme")
    with workspace.snapshot() as conn:
        before = conn.execute("SELECT count(*) FROM messages").fetchone()
        other.remove([(Thread, "cnv_a")])
        assert conn.execute("SELECT count(*) FROM messages").fetchone() == before
    assert workspace.conn.execute("SELECT count(*) FROM messages").fetchone() == (0,)
    other.close()


def test_the_messages_of_an_export_need_no_sorting(workspace: EmbeddedWorkspace, tmp_path: Path) -> None:
    """An export of millions of messages streams: SQLite reads every table by an index, in order."""
    statements: list[str] = []
    workspace.conn.set_trace_callback(statements.append)
    export(workspace, tmp_path / "out.zip")
    workspace.conn.set_trace_callback(None)
    plans = [_plan(workspace.conn, statement) for statement in statements if "SELECT" in statement]
    assert len(plans) == 11
    assert not any("TEMP B-TREE" in plan for plan in plans)


def _plan(conn: sqlite3.Connection, statement: str) -> str:
    return " ".join(str(row[3]) for row in conn.execute(f"EXPLAIN QUERY PLAN {statement}"))
