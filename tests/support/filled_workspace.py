"""A small workspace with what pages have to cope with: every kind of message, files, and people who mean harm."""

from __future__ import annotations

import hashlib
import struct
import zlib
from contextlib import closing
from pathlib import Path

from ochre_tui.ochre.embedded.workspace import open_workspace
from ochre_tui.ochre.records import (
    Attachment,
    Author,
    Company,
    Conversation,
    Customer,
    Message,
    SavedReply,
    Tag,
    Thread,
    User,
)

HOSTILE_NAME = '<script>document.title="pwned"</script>\x1b[31m\u202e"\'><img src=x onerror=alert(1)>'
HOSTILE_BODY = (
    "<p>seen<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"
    "<svg onload=\"document.title='pwned'\"><a xlink:href='javascript:alert(1)'>x</a></svg>"
    '<a href="javascript:document.title=1">link</a><a href="data:text/html,x">data</a>'
    '<style>body{display:none}</style><b style="position:fixed;inset:0" onclick="alert(1)" class="top">bold</b>'
    '<iframe src="https://evil.example/"></iframe><form action="https://evil.example/"><input name="p"></form>'
    '<img src="https://evil.example/track.png"><meta http-equiv="refresh" content="0;url=https://evil.example/">'
    '<base href="https://evil.example/"><img src="attachment:../../etc/passwd"></p>'
)
CONVERSATION = "215472581229755"
CONTACT = "65f0c1d2e3a4b5c6d7e8f901"


def png(width: int = 8, height: int = 8) -> bytes:
    """An image that a browser can show."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\xd9\xa4\x41" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def customer(id_: str, name: str | None, *, email: str | None = None, contact: str = "c") -> Customer:
    return Customer(
        id_,
        name,
        email,
        (),
        None,
        (),
        (contact,),
        True,
        False,
        ("com_1",),
        (),
        {"plan": "pro"},
        {},
        1_600_000_000,
        None,
    )


def conversation(
    id_: str,
    subject: str,
    *,
    status: str = "open",
    at: int | None = 1_700_000_000,
    customers: tuple[str, ...] = ("cus_1",),
    tags: tuple[str, ...] = (),
    channel: str = "Intercom Messenger",
    assignee: str | None = None,
    intercom_id: str = "1",
) -> Conversation:
    return Conversation(
        id=id_,
        subject=subject,
        status=status,  # type: ignore[arg-type]  # one of its values
        priority="normal",
        channel=channel,
        assignee_id=assignee,
        assignee_email=None,
        assignee_intercom_id=None,
        team=None,
        customer_ids=customers,
        tags=tags,
        custom_fields={},
        unmapped={},
        rating=None,
        rating_remark=None,
        created_at=at,
        updated_at=at,
        snoozed_until=None,
        intercom_id=intercom_id,
        source_part_count=None,
        incomplete=False,
    )


def message(
    owner: str,
    position: int,
    body: str | None,
    *,
    kind: str = "reply",
    author: Author | None = None,
    files: tuple[str, ...] = (),
    source_type: str = "comment",
    event: dict[str, object] | None = None,
) -> Message:
    return Message(
        id=f"msg_{owner}_{position}",
        conversation_id=owner,
        position=position,
        kind=kind,  # type: ignore[arg-type]  # one of its values
        source_id=str(20_000 + position),
        source_type=source_type,
        author=author or Author("customer", "cus_1", source_name="Zoe in Intercom"),
        created_at=1_700_000_000 + position,
        body_html=body,
        body_text=body and "text",
        source_sha256=None,
        redacted=False,
        tags=(),
        event=event,  # type: ignore[arg-type]  # plain JSON
        attachment_ids=files,
    )


def attachment(owner: str, id_: str, name: str, content_type: str, data: bytes | None, *, inline: bool) -> Attachment:
    return Attachment(
        id=id_,
        conversation_id=owner,
        message_id=f"msg_{owner}_0",
        name=name,
        source_name=name,
        content_type=content_type,
        size=len(data or b""),
        sha256=hashlib.sha256(data).hexdigest() if data is not None else None,
        inline=inline,
        state="missing" if data is None else "stored",
        reason="404" if data is None else None,
    )


FILES = {
    "att_image": ("picture.png", "image/png", png(), True),
    "att_text": ('rück"s;\u202ela\\ge.txt', "text/plain", b"hello", False),
    "att_html": ("page.html", "text/html", b"<script>document.title='pwned'</script>", False),
    "att_svg": ("drawing.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", False),
    "att_gone": ("gone.pdf", "application/pdf", None, False),
}


def fill(folder: Path) -> None:
    """Put the workspace into `folder`."""
    files = tuple(
        attachment("cnv_1", id_, name, kind, data, inline=inline) for id_, (name, kind, data, inline) in FILES.items()
    )
    ana = Author("user", "usr_1")
    main = Thread(
        conversation(
            "cnv_1", "Order 1234 is late", tags=("bug", 'a "quoted" tag'), assignee="usr_1", intercom_id=CONVERSATION
        ),
        (
            message("cnv_1", 0, '<p>Hello</p><img src="attachment:att_image" alt="a picture">', files=tuple(FILES)),
            message("cnv_1", 1, "<p>Only for us</p>", kind="note", author=ana),
            message(
                "cnv_1",
                2,
                None,
                kind="event",
                author=ana,
                source_type="assignment",
                event={"type": "assignment", "assigned_to": {"type": "admin", "id": "1", "name": "Ana"}},
            ),
            message("cnv_1", 3, "<p>Sorry!</p>", author=ana),
        ),
        files,
    )
    hostile = Thread(
        conversation(
            "cnv_2", HOSTILE_NAME, customers=("cus_2",), tags=(HOSTILE_NAME,), intercom_id="2", at=1_700_000_100
        ),
        (message("cnv_2", 0, HOSTILE_BODY, author=Author("customer", "cus_2", source_name=HOSTILE_NAME)),),
    )
    others = [
        Thread(conversation("cnv_3", "Snoozed by mail", status="snoozed", channel="Intercom Email", intercom_id="3")),
        Thread(conversation("cnv_4", "Closed, and no time", status="closed", at=None, intercom_id="4", tags=("bug",))),
    ]
    with closing(open_workspace(folder, "acme", "Acme")) as workspace:
        for _, _, data, _ in FILES.values():
            if data is not None:
                spooled = folder / "spooled"
                spooled.write_bytes(data)
                workspace.add_files([(spooled, hashlib.sha256(data).hexdigest())])
        workspace.put(
            1,
            [
                User("usr_1", "ana@team.example", "Ana", "agent", "active"),
                Tag("tag_1", "bug"),
                Company("com_1", "Acme Ltd", "c1", None, None, None, None, None, None, (), {}, {}, None, None),
                customer("cus_1", "Zoë O'Brien", email="zoe@acme.example", contact=CONTACT),
                customer("cus_2", HOSTILE_NAME, contact="c2"),
                SavedReply(
                    "rpl_1", "Greeting", "<p>Hi {{customer.first_name}}</p>" + HOSTILE_BODY, "Hi", "1", "everyone", ()
                ),
                main,
                hostile,
                *others,
            ],
        )
