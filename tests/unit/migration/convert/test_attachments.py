"""Attachments: names, occurrences, what to fetch and what became of it."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.models import Conversation
from ochre_tui.migration.convert import FileRef, Lookups, StoredFile, convert_conversation, files_of
from ochre_tui.migration.convert.attachments import safe_name
from ochre_tui.ochre.records import Attachment

CDN = "https://downloads.intercomcdn.com/i/o/abc"
HOSTS = FileHosts()


def upload(path: str, **more: Any) -> dict[str, Any]:
    return {"type": "upload", "url": f"{CDN}/{path}?expires=9", "name": path, "filesize": 10, **more}


def conversation(body: str | None, *uploads: dict[str, Any]) -> Conversation:
    part = {"id": 5, "part_type": "comment", "created_at": 5, "body": body, "attachments": list(uploads)}
    return Conversation.read({"id": 1, "created_at": 1, "conversation_parts": {"conversation_parts": [part]}})


def attachments(source: Conversation, **more: Any) -> list[Attachment]:
    return list(convert_conversation(source, Lookups("wsp", HOSTS, **more)).thread.attachments)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("a\\b:c", "a_b:c"),
        ("a\0b\x1b\n.txt", "a_b__.txt"),
        ("\u202egpj.exe", "_gpj.exe"),
        ("..", "file"),
        (" . ", "file"),
        ("", "file"),
        (None, "file"),
        (".profile", ".profile"),
        ("👩🏽\u200d🚀.png", "👩🏽\u200d🚀.png"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("é" * 200 + ".pdf", "é" * 125 + ".pdf"),
        ("x." + "y" * 300, "x." + "y" * 253),
    ],
)
def test_safe_names(name: str | None, expected: str) -> None:
    assert safe_name(name) == expected


@given(st.text(st.characters(), max_size=400))
def test_every_name_becomes_safe_and_stays_so(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= 255
    assert safe not in {".", ".."}
    assert not any(c in "/\\" or unicodedata.category(c) == "Cc" for c in safe)
    assert safe_name(safe) == safe


def test_attachments_come_first_and_each_path_once() -> None:
    body = f'<img src="{CDN}/b.png?1"><a href="{CDN}/c.pdf">c</a><img src="{CDN}/a.png"><img src="{CDN}/b.png?2">'
    source = conversation(
        body, upload("z.zip"), upload("b.png", content_type="image/png", name="Shot.png"), upload("z.zip")
    )
    found = attachments(source, files={f"{CDN}/a.png": StoredFile("stored", "ab" * 32, 77, "image/webp")})
    assert [(file.source_name, file.inline, file.content_type, file.size, file.state) for file in found] == [
        ("z.zip", False, None, 10, "missing"),
        ("Shot.png", True, "image/png", 10, "missing"),
        ("c.pdf", False, None, None, "missing"),
        ("a.png", True, "image/webp", 77, "stored"),
    ]
    message = convert_conversation(source, Lookups("wsp", HOSTS)).thread.messages[0]
    assert message.attachment_ids == tuple(file.id for file in found)
    assert message.body_html == (
        f'<img src="attachment:{found[1].id}" alt=""><a href="attachment:{found[2].id}">c</a>'
        f'<img src="attachment:{found[3].id}" alt=""><img src="attachment:{found[1].id}" alt="">'
    )
    assert [file.path for file in files_of(source, HOSTS)] == [
        f"{CDN}/{name}" for name in ("z.zip", "b.png", "c.pdf", "a.png")
    ]


def test_the_declared_type_counts_before_the_served_one_and_the_stored_size_before_the_declared() -> None:
    stored = StoredFile("stored", "cd" * 32, 99, "application/octet-stream")
    (file,) = attachments(
        conversation(None, upload("a.pdf", content_type="application/pdf")), files={f"{CDN}/a.pdf": stored}
    )
    assert (file.content_type, file.size, file.sha256, file.reason) == ("application/pdf", 99, "cd" * 32, None)


def test_a_missing_file_keeps_its_declared_size_and_the_reason() -> None:
    missing = StoredFile("missing", size=3, reason="gone (404)")
    (file,) = attachments(conversation(None, upload("a.pdf")), files={f"{CDN}/a.pdf": missing})
    assert (file.state, file.size, file.sha256, file.reason) == ("missing", 10, None, "gone (404)")


def test_files_elsewhere_or_without_address_are_missing_and_not_fetched() -> None:
    source = conversation(None, {"url": "https://evil.example/x", "name": "x"}, {"name": "lost"}, {"filesize": -4})
    assert files_of(source, HOSTS) == []
    found = attachments(source)
    assert [(file.name, file.state, file.reason) for file in found] == [
        ("x", "missing", "not on one of Intercom's file hosts"),
        ("lost", "missing", "Intercom gave no address for it"),
        ("file", "missing", "Intercom gave no address for it"),
    ]
    assert len({file.id for file in found}) == 3
    assert found[2].size is None


def test_the_plan_may_leave_files_out() -> None:
    source = conversation(f'<img src="{CDN}/a.png">', upload("b.pdf"))
    stored = {f"{CDN}/b.pdf": StoredFile("stored", "ef" * 32, 1, None)}
    assert files_of(source, HOSTS, attachments=False) == []
    assert [file.name for file in files_of(source, HOSTS, inline_images=False)] == ["b.pdf"]
    assert [file.reason for file in attachments(source, files={}, attachments=False)] == ["left out by the plan"] * 2
    assert [(file.name, file.reason) for file in attachments(source, files=stored, inline_images=False)] == [
        ("b.pdf", None),
        ("a.png", "left out by the plan"),
    ]


def test_files_stored_before_stay_when_the_plan_leaves_them_out() -> None:
    source = conversation(f'<img src="{CDN}/a.png">', upload("b.pdf"))
    known = {
        f"{CDN}/a.png": StoredFile("missing", reason="gone"),
        f"{CDN}/b.pdf": StoredFile("stored", "ef" * 32, 1, None),
    }
    assert [(file.name, file.state, file.reason) for file in attachments(source, files=known, attachments=False)] == [
        ("b.pdf", "stored", None),
        ("a.png", "missing", "left out by the plan"),
    ]


def test_what_to_fetch_names_the_fresh_address() -> None:
    source = conversation(f'<img src="{CDN}/a%20b.png?expires=1&amp;signature=2">')
    assert files_of(source, HOSTS) == [
        FileRef(f"{CDN}/a%20b.png?expires=1&signature=2", f"{CDN}/a%20b.png", "a b.png", None, None, inline=True)
    ]
