"""The workspace's vocabulary: tags, segments, attributes, ticket and subscription types."""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

LIVE_TAGS: Final[tuple[str, ...]] = (
    "billing", "logistics", "bug", "feature request", "churn risk", "VIP", "vip", "onboarding", "A &amp; B test",
    "refund", "refund ", "Zürich", "Zu\u0308rich", "🔥 urgent", "do-not-ai", "EDI <v2>", "  EDI", "customs", "SSO",
    "GDPR", "Q4", "partner", "reseller", "beta", "printer", "ملح", "warehouse", "webhooks",
)  # fmt: skip
DELETED_TAGS: Final[tuple[str, ...]] = ("legacy import", "Billing (old)", "Tom &amp; Jerry", "refund")

CONTACT_ATTRIBUTES: Final[tuple[tuple[str, str, tuple[str, ...], bool], ...]] = (
    ("Plan Tier", "string", ("free", "pro", "Enterprise"), False),
    ("Seats", "integer", (), False),
    ("MRR", "float", (), False),
    ("Beta tester", "boolean", (), False),
    ("Renewal date", "date", (), False),
    ("Account manager", "string", (), False),
    ("Favourite colour 🎨", "string", (), False),
    ("Legacy id", "string", (), True),
)
COMPANY_ATTRIBUTES: Final[tuple[tuple[str, str, tuple[str, ...], bool], ...]] = (
    ("Region", "string", ("EMEA", "Americas", "APAC"), False),
    ("Contract value", "float", (), False),
    ("Fleet size", "integer", (), False),
    ("Is partner", "boolean", (), False),
    ("Renews at", "date", (), False),
    ("Plan Tier", "string", (), False),
    ("Old CRM key", "string", (), True),
)
CONVERSATION_ATTRIBUTES: Final[tuple[tuple[str, str, tuple[str, ...], bool], ...]] = (
    ("Issue type", "list", ("Question", "Bug", "Complaint", "Feature request"), False),
    ("Affected product 📦", "list", ("Invoicing", "Shipping", "Warehouse app", "API"), False),
    ("Order number", "string", (), False),
    ("Refund amount", "decimal", (), False),
    ("CX Score rating", "integer", (), False),
    ("Copilot used", "boolean", (), False),
    ("Promised by", "datetime", (), False),
    ("Related shipment", "relationship", (), False),
    ("Evidence", "files", (), False),
    ("Old queue", "list", ("North", "South"), True),
)
_STANDARD_CONTACT = ("name", "email", "phone", "external_id", "role", "created_at", "language_override")
_STANDARD_COMPANY = ("name", "company_id", "website", "industry", "size", "monthly_spend", "plan.name")
_FOUNDED = 1_600_000_000


def tag_ids(seed: int) -> tuple[dict[str, str], dict[str, str]]:
    """Names of the live and of the deleted tags by id."""
    base = 7_000_000 + seed % 1000 * 100
    live = {str(base + number): name for number, name in enumerate(LIVE_TAGS)}
    deleted = {str(base + 70 + number): name for number, name in enumerate(DELETED_TAGS)}
    return live, deleted


def contact_attributes(seed: int) -> list[Json]:
    return _data_attributes(seed, "contact", _STANDARD_CONTACT, CONTACT_ATTRIBUTES)


def company_attributes(seed: int) -> list[Json]:
    return _data_attributes(seed, "company", _STANDARD_COMPANY, COMPANY_ATTRIBUTES)


def _data_attributes(
    seed: int, model: str, standard: tuple[str, ...], custom: tuple[tuple[str, str, tuple[str, ...], bool], ...]
) -> list[Json]:
    rows: list[Json] = [
        {
            "type": "data_attribute",
            "model": model,
            "name": full.rsplit(".", 1)[-1],
            "full_name": full,
            "label": full.replace("_", " ").capitalize(),
            "description": "",
            "data_type": "date" if full.endswith("_at") else "string",
            "api_writable": True,
            "messenger_writable": False,
            "ui_writable": True,
            "custom": False,
            "archived": False,
        }
        for full in standard
    ]
    base = 12_000 + seed % 100 * 100 + (50 if model == "company" else 0)
    for number, (name, data_type, options, archived) in enumerate(custom):
        row: Json = {
            "type": "data_attribute",
            "id": base + number,
            "model": model,
            "name": name,
            "full_name": f"custom_attributes.{name}",
            "label": name,
            "description": f"{name} from our own database",
            "data_type": data_type,
            "api_writable": True,
            "messenger_writable": False,
            "ui_writable": True,
            "custom": True,
            "archived": archived,
            "created_at": _FOUNDED + number * 86_400,
            "updated_at": _FOUNDED + number * 90_000,
            "admin_id": "1",
        }
        if options:
            row["options"] = list(options)
        rows.append(row)
    return rows


def conversation_attributes(seed: int) -> list[Json]:
    base = 34_000 + seed % 100 * 100
    rows: list[Json] = []
    for number, (name, data_type, options, archived) in enumerate(CONVERSATION_ATTRIBUTES):
        row: Json = {
            "type": "conversation_attribute",
            "id": base + number,
            "name": name,
            "description": f"{name}, asked for when a conversation is closed",
            "data_type": data_type,
            "required": name == "Issue type",
            "visible_to_team_ids": [],
            "archived": archived,
            "created_at": _FOUNDED + number * 86_400,
            "updated_at": _FOUNDED + number * 90_000,
            "admin_id": "1",
        }
        if data_type == "list":
            row["options"] = [
                {"id": f"6a1b{base + number:08x}-0000-4000-8000-{place:012x}", "label": label, "archived": False}
                for place, label in enumerate(options)
            ]
        if data_type == "string":
            row["multiline"] = False
        if data_type == "relationship":
            row["reference"] = {"type": "many", "object_type_id": "shipment"}
        rows.append(row)
    return rows


def segments(seed: int) -> list[Json]:
    names = (
        ("Active", "user"),
        ("New", "user"),
        ("Slipping away", "user"),
        ("EU customers", "contact"),
        ("VIP", "user"),
    )
    return [
        {
            "type": "segment",
            "id": f"5f{seed % 0xFFFF:06x}{number:016x}",
            "name": name,
            "created_at": _FOUNDED,
            "updated_at": _FOUNDED + number,
            "person_type": person,
            "count": 10 + 7 * number,
        }
        for number, (name, person) in enumerate(names)
    ]


def subscription_types() -> list[Json]:
    def subscription_type(number: int, name: str, consent: str) -> Json:
        translation = {"name": name, "description": f"{name} by e-mail", "locale": "en"}
        return {
            "type": "subscription",
            "id": str(130 + number),
            "state": "live",
            "default_translation": translation,
            "translations": [translation],
            "consent_type": consent,
            "content_types": ["email"],
        }

    return [
        subscription_type(0, "Newsletter", "opt_out"),
        subscription_type(1, "Release notes", "opt_in"),
        subscription_type(2, "Incident alerts", "opt_out"),
    ]


TICKET_STATES: Final[tuple[tuple[str, str, str], ...]] = (
    ("submitted", "Submitted", "Received"),
    ("in_progress", "In progress", "We are on it"),
    ("waiting_on_customer", "Waiting on customer", "Waiting for you"),
    ("resolved", "Resolved", "Resolved"),
)


def ticket_states() -> list[Json]:
    return [
        {
            "type": "ticket_state",
            "id": str(9000 + number),
            "category": category,
            "internal_label": internal,
            "external_label": external,
        }
        for number, (category, internal, external) in enumerate(TICKET_STATES)
    ]


def ticket_types(app: str) -> list[Json]:
    def attribute(type_id: int, number: int, name: str, data_type: str) -> Json:
        return {
            "type": "ticket_type_attribute",
            "id": str(type_id * 10 + number),
            "workspace_id": app,
            "name": name,
            "description": "",
            "data_type": data_type,
            "input_options": {"multiline": False} if data_type == "string" else {},
            "order": number,
            "required_to_create": number == 0,
            "required_to_create_for_contacts": number == 0,
            "visible_on_create": True,
            "visible_to_contacts": True,
            "default": number == 0,
            "ticket_type_id": type_id,
            "archived": False,
            "created_at": _FOUNDED,
            "updated_at": _FOUNDED,
        }

    rows: list[Json] = []
    for number, (category, name, icon) in enumerate(
        (("Customer", "Damage report", "📦"), ("Back-office", "Refund approval", "💶"), ("Tracker", "Incident", "🔥"))
    ):
        type_id = 410 + number
        attributes = [("_default_title_", "string"), ("_default_description_", "string"), ("Pallets", "integer")]
        rows.append(
            {
                "type": "ticket_type",
                "id": str(type_id),
                "category": category,
                "name": name,
                "description": f"{name} by the support team",
                "icon": icon,
                "workspace_id": app,
                "ticket_type_attributes": {
                    "type": "list",
                    "ticket_type_attributes": [
                        attribute(type_id, place, label, kind) for place, (label, kind) in enumerate(attributes)
                    ],
                },
                "ticket_states": {"type": "list", "data": ticket_states()},
                "archived": False,
                "created_at": _FOUNDED,
                "updated_at": _FOUNDED,
            }
        )
    return rows
