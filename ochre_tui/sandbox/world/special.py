"""What is special about some conversations: every oddity that Intercom's data is known to have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ochre_tui.sandbox.world import special_bodies
from ochre_tui.sandbox.world.conversation import Author, Message
from ochre_tui.sandbox.world.conversation_generator import (
    Scenario,
    admin_author,
    first,
    part_time,
    rating,
    remark_for,
    say,
    talk,
)


def make_special(scenario: Scenario) -> None:
    """Change an ordinary conversation into the special one that its row announces."""
    change = SPECIAL.get(scenario.row.feature)
    if change is not None:
        change(scenario)
    if scenario.row.is_ticket:
        _ticket(scenario)
    if scenario.row.number % 12 == 5:
        _company(scenario)


def _no_parts(scenario: Scenario) -> None:
    scenario.conversation.parts = []


def _removed(scenario: Scenario) -> None:
    staff = scenario.setting.staff
    gone = staff.removed[scenario.row.number % 2]
    talk(scenario, 0).author = admin_author(gone)


def _removed_renamed(scenario: Scenario) -> None:
    gone = scenario.setting.staff.removed[2]
    late = scenario.row.number % 400 > 200
    name, email = ("Hiro Abe-Schmidt", None) if late else (gone.name, gone.email)
    talk(scenario, 0).author = Author("admin", int(gone.id), name, email)


def _operator_admin(scenario: Scenario) -> None:
    operator = scenario.setting.staff.operator
    message = first(scenario)
    message.author = Author("admin", operator.id, "Smile Assistant", operator.email)
    scenario.conversation.delivered_as = "operator_initiated"


def _operator_bot(scenario: Scenario) -> None:
    operator = scenario.setting.staff.operator
    bot = Author("bot", operator.id, "Operator", operator.email)
    say(scenario, 0, "comment", bot, "Thanks for writing in! The team typically replies in under an hour.")


def _fin(scenario: Scenario) -> None:
    fin = scenario.setting.staff.fin
    say(
        scenario,
        0,
        "comment",
        Author("bot", fin.id, "Fin", fin.email, ai=True),
        "I found this in the help centre: {link}",
    )
    second = Author("admin", fin.id, "Fin", fin.email, ai=True)
    say(scenario, 1, "comment", second, "Did that answer your question?")


def _team_author(scenario: Scenario) -> None:
    team_id, name = scenario.setting.staff.teams[scenario.row.number % len(scenario.setting.staff.teams)]
    talk(scenario, 0).author = Author("team", team_id, name, None)


def _no_author(scenario: Scenario) -> None:
    talk(scenario, 0).author = None


def _talking_actions(scenario: Scenario) -> None:
    """Messages that were typed together with an action."""
    agent, customer = scenario.agent, scenario.customer
    say(scenario, 0, "assignment", agent, "Can you take this? {firm} is on the Enterprise plan.")
    scenario.conversation.parts[0].assigned_to = {"type": "admin", "id": scenario.setting.staff.admins[1].id}
    say(scenario, 1, "note_and_reopen", agent, "They called again, I reopened it.")
    say(scenario, 2, "open", customer, "Sorry, it is back again with order {order}.")
    say(scenario, 3, "snoozed", agent, "I will check with the carrier and write again by {day}.")
    say(scenario, 4, "note_and_unsnooze", agent, "Carrier called back.")
    say(scenario, 5, "assign_and_reopen", agent, "Yours, Dmitri.")
    say(scenario, len(scenario.conversation.parts) - 1, "close", agent, "All done, have a nice day! 👋")


def _redacted(scenario: Scenario) -> None:
    for place, kind in ((0, "comment"), (1, "note")):
        part = talk(scenario, place)
        part.kind, part.body, part.redacted = kind, None, True


def _redacted_source(scenario: Scenario) -> None:
    message = first(scenario)
    message.body, message.files, message.redacted = None, (), True


def _quick_reply(scenario: Scenario) -> None:
    operator = scenario.setting.staff.operator
    bot = Author("bot", operator.id, "Operator", operator.email)
    options = [
        {"text": text, "uuid": f"0c2d7f4a-0000-4000-8000-{scenario.row.number * 10 + place:012x}"}
        for place, text in enumerate(("Billing", "A shipment"))
    ]
    say(scenario, 0, "comment", bot, "What is it about?").metadata = {"quick_reply_options": options}
    answer = say(scenario, 1, "quick_reply", scenario.customer, "A shipment")
    answer.metadata = {"quick_reply_uuid": options[1]["uuid"]}


def _empty_bodies(scenario: Scenario) -> None:
    for place, (body, bare) in enumerate(((None, None), ((), None), ((), '<p class="no-margin"></p>'))):
        part = talk(scenario, place)
        part.body, part.bare = body, bare
    part = talk(scenario, 3)
    part.body, part.files = (), (scenario.writer.file(),)
    source = scenario.conversation.source
    if source:
        source.body, source.files = (), ()


def _repeated_part(scenario: Scenario) -> None:
    parts = scenario.conversation.parts
    talk(scenario, 0)
    again = talk(scenario, 2)
    again.id = parts[0].id


def _same_second(scenario: Scenario) -> None:
    parts = scenario.conversation.parts
    for part in parts[1:5]:
        part.at = parts[1].at
    parts[1:5] = [parts[3], parts[1], parts[4], parts[2]]


def _mixed_ids(scenario: Scenario) -> None:
    conversation = scenario.conversation
    for place, part in enumerate(conversation.parts):
        if place % 2 and part.id is not None:
            part.id = int(part.id)
        if part.author and part.author.kind == "admin":
            part.author = Author("admin", int(part.author.id), part.author.name, part.author.email)
    conversation.tags = [(int(tag), name) for tag, name in conversation.tags]


def _ticket(scenario: Scenario) -> None:
    conversation, number = scenario.conversation, scenario.row.number
    conversation.attributes["Ticket category"] = ("Customer ticket", "Back-office ticket")[number % 2]
    conversation.ticket = {
        "type": "ticket",
        "id": int(scenario.row.id),
        "url": f"https://app.intercom.com/a/apps/{scenario.setting.people.app}/conversations/{scenario.row.id}",
        "custom_attributes": {
            "_default_title_": {"value": scenario.writer.fill(scenario.writer.topic.title), "type": "string"},
            "_default_description_": {
                "value": scenario.writer.fill("Two pallets of {order} are wet."),
                "type": "string",
            },
            "Pallets": {"value": 2 + number % 5, "type": "integer"},
        },
        "state": ("submitted", "in_progress", "resolved")[number % 3],
        "ticket_type": "Damage report",
        "ticket_type_description": "A damaged delivery",
        "ticket_type_emoji": "📦",
        "ticket_custom_state_admin_label": "In progress",
        "ticket_custom_state_user_label": "We are on it",
    }


def _company(scenario: Scenario) -> None:
    companies = scenario.setting.companies
    number = (
        companies.hidden(scenario.row.number)
        if scenario.row.number % 24 == 5
        else scenario.row.number % companies.count
    )
    company = companies.company(number)
    scenario.conversation.company = company


def _rated(scenario: Scenario) -> None:
    scenario.conversation.rating = rating(scenario, scenario.rng.randrange(1, 6), remark_for(scenario))


def _untitled(scenario: Scenario) -> None:
    scenario.conversation.title, scenario.conversation.subject = None, ""


def _html_title(scenario: Scenario) -> None:
    scenario.conversation.title = scenario.writer.fill("Re: <order {order}> & “Größe” 5 > 3")


def _long_title(scenario: Scenario) -> None:
    _untitled(scenario)
    text = "We have been trying to connect the new warehouse scanner {order} since {day}, and each time it says no."
    first(scenario).body = scenario.writer.short(text)


def _no_words(scenario: Scenario) -> None:
    """Neither a title nor a single word: only a picture and events."""
    _untitled(scenario)
    if scenario.conversation.source:
        scenario.conversation.source.body = (scenario.writer.picture("image.png"),)
        scenario.conversation.source.files = ()
    for place, part in enumerate(scenario.conversation.parts):
        bot = scenario.setting.staff.operator
        scenario.conversation.parts[place] = Message(
            part.id, "user_became_idle", part.at, Author("bot", bot.id, "Operator", bot.email)
        )


def _attributes_all(scenario: Scenario) -> None:
    scenario.conversation.attributes = {
        "Issue type": "complaint",
        "Affected product 📦": ["API", "Shipping"],
        "Order number": 48_311,
        "Refund amount": "12.50",
        "CX Score rating": 4,
        "Copilot used": "False",
        "Promised by": (1_700_000_000, "2024-05-01T10:00:00Z", "2024-05-01")[scenario.row.number % 3],
        "Old queue": "North",
        "Created by": None,
        "Nie definiert": "ja",
    }


def _attributes_misfit(scenario: Scenario) -> None:
    scenario.conversation.attributes = {
        "Issue type": "Something else",
        "Affected product 📦": ["API", "Toaster"],
        "Order number": {"number": 1},
        "Refund amount": "about 12",
        "CX Score rating": True,
        "Copilot used": "maybe",
        "Promised by": "next week",
        "Related shipment": {"type": "shipment.list", "shipment": [{"id": "s1", "type": "shipment"}]},
        "Evidence": None,
        "": "",
    }


def _part_milliseconds(scenario: Scenario) -> None:
    part = talk(scenario, 1)
    part.at = part_time(scenario.row, 1) * 1000


def _part_tags(scenario: Scenario) -> None:
    names = list(scenario.setting.tag_names.items())
    talk(scenario, 0).tags = (names[9], names[10], names[3])
    talk(scenario, 1).tags = (names[-1],)


def _linked(scenario: Scenario) -> None:
    scenario.conversation.linked = [{"type": "ticket", "id": str(int(scenario.row.id) + 1), "category": "Customer"}]


def _part_bad_time(scenario: Scenario) -> None:
    """A time nobody can read, on the only part, so that its place stays clear."""
    talk(scenario, 0).at = (None, -5, 64_654_125_776)[scenario.row.number % 3]


SPECIAL: Final[dict[str, Callable[[Scenario], None]]] = {
    **special_bodies.SPECIAL,
    "no_parts": _no_parts,
    "by_removed": _removed,
    "by_removed_renamed": _removed_renamed,
    "operator_admin": _operator_admin,
    "operator_bot": _operator_bot,
    "fin": _fin,
    "team_author": _team_author,
    "no_author": _no_author,
    "talking_actions": _talking_actions,
    "redacted_part": _redacted,
    "redacted_source": _redacted_source,
    "quick_reply": _quick_reply,
    "empty_bodies": _empty_bodies,
    "repeated_part": _repeated_part,
    "same_second": _same_second,
    "mixed_ids": _mixed_ids,
    "rated": _rated,
    "untitled": _untitled,
    "html_title": _html_title,
    "long_title": _long_title,
    "no_words": _no_words,
    "attributes_all": _attributes_all,
    "attributes_misfit": _attributes_misfit,
    "company": _company,
    "part_milliseconds": _part_milliseconds,
    "part_tags": _part_tags,
    "linked": _linked,
    "part_bad_time": _part_bad_time,
}
