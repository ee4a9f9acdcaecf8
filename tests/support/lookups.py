"""What a conversion looks up, as an import of a small workspace would know it."""

from __future__ import annotations

from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.migration.convert import (
    SKIP,
    FieldRule,
    Lookups,
    StaffMember,
    StoredFile,
)

CDN = "https://downloads.intercomcdn.com/i/o/abc"

LOOKUPS = Lookups(
    workspace="harbour",
    file_hosts=FileHosts(),
    bot_user_id="usr_bot",
    staff={
        "814860": StaffMember("usr_ana", "ana@ochre.example", "Ana Silva", assignable=True),
        "814861": StaffMember("usr_gone", "gone@old.example", "Gone Guy", assignable=False),
    },
    teams={"31": "Billing"},
    tags={"7": "billing", "8": "VIP"},
    fields={
        "conversation": {
            "Issue type": FieldRule("issue_type", "single_select", ("Question", "Bug")),
            "Order number": FieldRule("order_number", "text"),
            "Old queue": SKIP,
        }
    },
    customers={"c1": "cus_1", "c2": "cus_2", "c3": "cus_3"},
    files={
        f"{CDN}/1/aa/invoice.pdf": StoredFile("stored", "ab" * 32, 4711, "application/pdf"),
        f"{CDN}/2/bb/shot.png": StoredFile("missing", reason="404 Not Found"),
    },
)
