"""What stays behind in Intercom: small lists of it, so that a scan has something to count."""

from __future__ import annotations

from typing import Any, Final

from ochre_tui.sandbox.world.reference_data import ticket_states
from ochre_tui.sandbox.world.staff import Staff

Json = dict[str, Any]

_ARTICLES: Final = (
    "Add a second warehouse",
    "VAT and reverse charge",
    "Webhooks: verify signatures",
    "Print labels",
    "SSO",
)
_FLAGS: Final[Json] = {
    "ai_chatbot_availability": True,
    "ai_copilot_availability": True,
    "ai_sales_agent_availability": False,
}


def left_behind(
    app: str, staff: Staff, start: int, conversation_ids: list[str], contact_ids: list[str]
) -> dict[str, list[Json]]:
    """Lists by kind; `calls` belong to the given conversations and contacts."""
    author = int(staff.admins[0].id)
    dates = {"created_at": start, "updated_at": start + 86_400}
    return {
        "articles": [
            {
                "type": "article",
                "id": str(6_871_000 + number),
                "workspace_id": app,
                "title": title,
                "description": "",
                "body": f"<p>{title}, step by step.</p>",
                "body_markdown": f"{title}, step by step.",
                "author_id": author,
                "state": "published" if number else "draft",
                **dates,
                "has_unpublished_changes": False,
                "draft_updated_at": None,
                "url": f"https://help.harbourlight.example/en/articles/{6_871_000 + number}",
                "parent_ids": [],
                **_FLAGS,
                "created_by_id": author,
                "updated_by_id": author,
                "exclude_from_article_suggestions": False,
                "help_center_audience": "everyone",
                "scheduled_publish_at": None,
                "scheduled_unpublish_at": None,
                "default_locale": "en",
                "tags": {"type": "tag.list", "tags": []},
            }
            for number, title in enumerate(_ARTICLES * 6)
        ],
        "internal_articles": [
            {
                "type": "internal_article",
                "id": str(39 + number),
                "title": title,
                "body": f"<p>{title}</p>",
                "body_markdown": title,
                "owner_id": author,
                "author_id": author,
                **dates,
                "locale": "en",
                "audience_ids": None,
                **_FLAGS,
            }
            for number, title in enumerate(("Refund rules", "Escalation paths", "Carrier contacts"))
        ],
        "collections": [
            {
                "type": "collection",
                "id": str(160 + number),
                "workspace_id": app,
                "name": name,
                "description": None,
                **dates,
                "url": f"https://help.harbourlight.example/en/collections/{160 + number}",
                "icon": "book-bookmark",
                "order": number + 1,
                "default_locale": "en",
                "translated_content": None,
                "parent_id": None,
                "help_center_id": 79,
            }
            for number, name in enumerate(("Billing", "Logistics", "API", "Getting started"))
        ],
        "news_items": [
            {
                "type": "news-item",
                "id": str(140 + number),
                "workspace_id": app,
                "title": title,
                "body": f"<p>{title} is here.</p>",
                "sender_id": author,
                "state": "live",
                "newsfeed_assignments": [{"newsfeed_id": 53, "published_at": start + 100}],
                "labels": ["Product"],
                "cover_image_url": None,
                "reactions": [],
                "deliver_silently": True,
                **dates,
            }
            for number, title in enumerate(("Dark mode for scanners", "Carrier insights"))
        ],
        "newsfeeds": [{"type": "newsfeed", "id": "53", "name": "What's new", **dates}],
        "help_centers": [
            {
                "id": "79",
                "workspace_id": app,
                **dates,
                "identifier": "harbourlight",
                "website_turned_on": True,
                "display_name": "Harbourlight Help",
                "url": "https://help.harbourlight.example",
                "custom_domain": "help.harbourlight.example",
                "default": True,
                "locales": ["en", "de"],
            }
        ],
        "brands": [
            {
                "type": "brand",
                "id": "10",
                "name": "Harbourlight",
                "is_default": True,
                **dates,
                "help_center_id": "79",
                "default_address_settings_id": "15",
            }
        ],
        "emails": [
            {
                "type": "email_setting",
                "id": "15",
                "email": "support@harbourlight.example",
                "verified": True,
                "domain": "harbourlight.example",
                "brand_id": "10",
                "forwarding_enabled": True,
                "forwarded_email_last_received_at": start + 1000,
                **dates,
            }
        ],
        "ticket_states": ticket_states(),
        "content_snippets": [
            {
                "type": "content_snippet",
                "id": "1",
                "title": "Opening hours",
                "locale": "en",
                "json_blocks": [{"type": "paragraph", "text": "We answer from 8 to 18 h CET."}],
                "body_markdown": "We answer from 8 to 18 h CET.",
                "chatbot_availability": 1,
                "copilot_availability": 1,
                **_FLAGS,
                **dates,
                "audience_ids": None,
            }
        ],
        "office_hours": [
            {
                "type": "office_hours_schedule",
                "id": "123",
                "name": "Support",
                "time_zone_name": "Europe/Berlin",
                "time_intervals": [
                    {"start_minute": 480, "end_minute": 1080, "day_of_week": day} for day in range(1, 6)
                ],
                "twenty_four_seven": False,
                **dates,
            }
        ],
        "away_status_reasons": [
            {
                "type": "away_status_reason",
                "id": str(12 + number),
                "label": label,
                "emoji": emoji,
                "order": number + 1,
                "deleted": False,
                **dates,
            }
            for number, (label, emoji) in enumerate((("On a break", "☕"), ("In a meeting", "📅")))
        ],
        "calls": [
            {
                "type": "call",
                "id": str(4000 + number),
                "conversation_id": conversation_id,
                "admin_id": staff.admins[0].id,
                "contact_id": contact_id,
                "state": "completed",
                "initiated_at": start + number,
                "answered_at": start + number + 5,
                "ended_at": start + number + 300,
                "created_at": start + number,
                "updated_at": start + number + 300,
                "recording_url": None,
                "transcription_url": None,
                "call_type": "phone",
                "direction": "inbound",
                "ended_reason": "completed",
                "phone": "+4940123456",
            }
            for number, (conversation_id, contact_id) in enumerate(zip(conversation_ids, contact_ids, strict=False))
        ],
    }
