"""A customer of whom everything is known, and each way in which people look for them."""

from __future__ import annotations

from ochre_tui.ochre.records import Company, Customer
from ochre_tui.ochre.target import Matched

SOMEBODY = Customer(
    id="cus_somebody",
    name="Wilhelmina Quartz",
    email="w.quartz@desk.example",
    email_aliases=("mina@older.example",),
    phone="+49 (30) 901-8273",
    external_ids=("ext-778190",),
    intercom_ids=("65f0c1d2e3a4b5c6d7e8f9aa",),
    can_sign_in=True,
    placeholder=False,
    company_ids=("com_somebody",),
    tags=(),
    custom_fields={},
    unmapped={},
    created_at=None,
    updated_at=None,
)
THEIR_COMPANY = Company(
    "com_somebody",
    "Basalt & Sons",
    "65f0c1d2e3a4b5c6d7e8f9bb",
    None,
    None,
    None,
    None,
    None,
    None,
    (),
    {},
    {},
    None,
    None,
)
WAYS: list[tuple[str, Matched]] = [
    ("Wilhelmina Quartz", "name"),
    ("wilhel", "name"),
    ("wilhelmnia", "name"),
    ("w.quartz@desk.example", "email"),
    ("mina@older.example", "email_alias"),
    ("ext-778190", "external_id"),
    ("65f0c1d2e3a4b5c6d7e8f9aa", "intercom_id"),
    ("+49 30 901 8273", "phone"),
    ("9018273", "phone"),
    ("basalt", "company"),
]
