"""What is special about some conversations: every oddity that Intercom's data is known to have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ochre_tui.sandbox.world import special_bodies
from ochre_tui.sandbox.world.conversation import Author, Message
from ochre_tui.sandbox.world.conversation_generator import (
    Scene,
    admin_author,
    first,
    part_time,
    rating,
    remark_for,
    say,
    talk,
)


def twist(scene: Scene) -> None:
    """Change an ordinary story into the special one that its row announces."""
    change = TWISTS.get(scene.row.feature)
    if change is not None:
        change(scene)
    if scene.row.is_ticket:
        _ticket(scene)
    if scene.row.number % 12 == 5:
        _company(scene)


def _no_parts(scene: Scene) -> None:
    scene.story.parts = []


def _removed(scene: Scene) -> None:
    staff = scene.cast.staff
    gone = staff.removed[scene.row.number % 2]
    talk(scene, 0).author = admin_author(gone)


def _removed_renamed(scene: Scene) -> None:
    gone = scene.cast.staff.removed[2]
    late = scene.row.number % 400 > 200
    name, email = ("Hiro Abe-Schmidt", None) if late else (gone.name, gone.email)
    talk(scene, 0).author = Author("admin", int(gone.id), name, email)


def _operator_admin(scene: Scene) -> None:
    operator = scene.cast.staff.operator
    message = first(scene)
    message.author = Author("admin", operator.id, "Smile Assistant", operator.email)
    scene.story.delivered_as = "operator_initiated"


def _operator_bot(scene: Scene) -> None:
    operator = scene.cast.staff.operator
    bot = Author("bot", operator.id, "Operator", operator.email)
    say(scene, 0, "comment", bot, "Thanks for writing in! The team typically replies in under an hour.")


def _fin(scene: Scene) -> None:
    fin = scene.cast.staff.fin
    say(
        scene, 0, "comment", Author("bot", fin.id, "Fin", fin.email, ai=True), "I found this in the help centre: {link}"
    )
    second = Author("admin", fin.id, "Fin", fin.email, ai=True)
    say(scene, 1, "comment", second, "Did that answer your question?")


def _team_author(scene: Scene) -> None:
    team_id, name = scene.cast.staff.teams[scene.row.number % len(scene.cast.staff.teams)]
    talk(scene, 0).author = Author("team", team_id, name, None)


def _no_author(scene: Scene) -> None:
    talk(scene, 0).author = None


def _talking_actions(scene: Scene) -> None:
    """Messages that were typed together with an action."""
    agent, customer = scene.agent, scene.customer
    say(scene, 0, "assignment", agent, "Can you take this? {firm} is on the Enterprise plan.")
    scene.story.parts[0].assigned_to = {"type": "admin", "id": scene.cast.staff.admins[1].id}
    say(scene, 1, "note_and_reopen", agent, "They called again, I reopened it.")
    say(scene, 2, "open", customer, "Sorry, it is back again with order {order}.")
    say(scene, 3, "snoozed", agent, "I will check with the carrier and write again by {day}.")
    say(scene, 4, "note_and_unsnooze", agent, "Carrier called back.")
    say(scene, 5, "assign_and_reopen", agent, "Yours, Dmitri.")
    say(scene, len(scene.story.parts) - 1, "close", agent, "All done, have a nice day! 👋")


def _redacted(scene: Scene) -> None:
    for place, kind in ((0, "comment"), (1, "note")):
        part = talk(scene, place)
        part.kind, part.body, part.redacted = kind, None, True


def _redacted_source(scene: Scene) -> None:
    message = first(scene)
    message.body, message.files, message.redacted = None, (), True


def _quick_reply(scene: Scene) -> None:
    operator = scene.cast.staff.operator
    bot = Author("bot", operator.id, "Operator", operator.email)
    options = [
        {"text": text, "uuid": f"0c2d7f4a-0000-4000-8000-{scene.row.number * 10 + place:012x}"}
        for place, text in enumerate(("Billing", "A shipment"))
    ]
    say(scene, 0, "comment", bot, "What is it about?").metadata = {"quick_reply_options": options}
    answer = say(scene, 1, "quick_reply", scene.customer, "A shipment")
    answer.metadata = {"quick_reply_uuid": options[1]["uuid"]}


def _empty_bodies(scene: Scene) -> None:
    for place, (body, bare) in enumerate(((None, None), ((), None), ((), '<p class="no-margin"></p>'))):
        part = talk(scene, place)
        part.body, part.bare = body, bare
    part = talk(scene, 3)
    part.body, part.files = (), (scene.writer.file(),)
    source = scene.story.source
    if source:
        source.body, source.files = (), ()


def _repeated_part(scene: Scene) -> None:
    parts = scene.story.parts
    talk(scene, 0)
    again = talk(scene, 2)
    again.id = parts[0].id


def _same_second(scene: Scene) -> None:
    parts = scene.story.parts
    for part in parts[1:5]:
        part.at = parts[1].at
    parts[1:5] = [parts[3], parts[1], parts[4], parts[2]]


def _mixed_ids(scene: Scene) -> None:
    story = scene.story
    for place, part in enumerate(story.parts):
        if place % 2 and part.id is not None:
            part.id = int(part.id)
        if part.author and part.author.kind == "admin":
            part.author = Author("admin", int(part.author.id), part.author.name, part.author.email)
    story.tags = [(int(tag), name) for tag, name in story.tags]


def _ticket(scene: Scene) -> None:
    story, number = scene.story, scene.row.number
    story.attributes["Ticket category"] = ("Customer ticket", "Back-office ticket")[number % 2]
    story.ticket = {
        "type": "ticket",
        "id": int(scene.row.id),
        "url": f"https://app.intercom.com/a/apps/{scene.cast.people.app}/conversations/{scene.row.id}",
        "custom_attributes": {
            "_default_title_": {"value": scene.writer.fill(scene.writer.topic.title), "type": "string"},
            "_default_description_": {"value": scene.writer.fill("Two pallets of {order} are wet."), "type": "string"},
            "Pallets": {"value": 2 + number % 5, "type": "integer"},
        },
        "state": ("submitted", "in_progress", "resolved")[number % 3],
        "ticket_type": "Damage report",
        "ticket_type_description": "A damaged delivery",
        "ticket_type_emoji": "📦",
        "ticket_custom_state_admin_label": "In progress",
        "ticket_custom_state_user_label": "We are on it",
    }


def _company(scene: Scene) -> None:
    firms = scene.cast.firms
    number = firms.hidden(scene.row.number) if scene.row.number % 24 == 5 else scene.row.number % firms.count
    company = firms.company(number)
    scene.story.company = company


def _rated(scene: Scene) -> None:
    scene.story.rating = rating(scene, scene.rng.randrange(1, 6), remark_for(scene))


def _untitled(scene: Scene) -> None:
    scene.story.title, scene.story.subject = None, ""


def _html_title(scene: Scene) -> None:
    scene.story.title = scene.writer.fill("Re: <order {order}> & “Größe” 5 > 3")


def _long_title(scene: Scene) -> None:
    _untitled(scene)
    text = "We have been trying to connect the new warehouse scanner {order} since {day}, and each time it says no."
    first(scene).body = scene.writer.short(text)


def _no_words(scene: Scene) -> None:
    """Neither a title nor a single word: only a picture and events."""
    _untitled(scene)
    if scene.story.source:
        scene.story.source.body = (scene.writer.picture("image.png"),)
        scene.story.source.files = ()
    for place, part in enumerate(scene.story.parts):
        bot = scene.cast.staff.operator
        scene.story.parts[place] = Message(
            part.id, "user_became_idle", part.at, Author("bot", bot.id, "Operator", bot.email)
        )


def _attributes_all(scene: Scene) -> None:
    scene.story.attributes = {
        "Issue type": "complaint",
        "Affected product 📦": ["API", "Shipping"],
        "Order number": 48_311,
        "Refund amount": "12.50",
        "CX Score rating": 4,
        "Copilot used": "False",
        "Promised by": (1_700_000_000, "2024-05-01T10:00:00Z", "2024-05-01")[scene.row.number % 3],
        "Old queue": "North",
        "Created by": None,
        "Nie definiert": "ja",
    }


def _attributes_misfit(scene: Scene) -> None:
    scene.story.attributes = {
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


def _part_milliseconds(scene: Scene) -> None:
    part = talk(scene, 1)
    part.at = part_time(scene.row, 1) * 1000


def _part_tags(scene: Scene) -> None:
    names = list(scene.cast.tag_names.items())
    talk(scene, 0).tags = (names[9], names[10], names[3])
    talk(scene, 1).tags = (names[-1],)


def _linked(scene: Scene) -> None:
    scene.story.linked = [{"type": "ticket", "id": str(int(scene.row.id) + 1), "category": "Customer"}]


def _part_bad_time(scene: Scene) -> None:
    """A time nobody can read, on the only part, so that its place stays clear."""
    talk(scene, 0).at = (None, -5, 64_654_125_776)[scene.row.number % 3]


TWISTS: Final[dict[str, Callable[[Scene], None]]] = {
    **special_bodies.TWISTS,
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
