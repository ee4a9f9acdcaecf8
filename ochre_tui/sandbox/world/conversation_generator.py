"""Makes up a conversation from its index row."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from ochre_tui.sandbox.world.body import Body, Paragraph, Quote
from ochre_tui.sandbox.world.companies import Companies
from ochre_tui.sandbox.world.conversation import Author, Conversation, Json, Mail, Message
from ochre_tui.sandbox.world.files import FileHost
from ochre_tui.sandbox.world.index import IndexRow
from ochre_tui.sandbox.world.people import People
from ochre_tui.sandbox.world.random import generator, pick
from ochre_tui.sandbox.world.staff import Admin, Staff
from ochre_tui.sandbox.world.words import REMARKS, TOPICS
from ochre_tui.sandbox.world.writer import Writer, words_for

FIRST_PART_ID: Final = 2_000_000_000
PARTS_PER_CONVERSATION: Final = 2048
_STEPS: Final = ("event", "answer", "customer", "event", "note", "answer", "event", "customer", "answer", "event")
_ISSUES: Final = ("Question", "Bug", "Complaint", "Feature request")


@dataclass(frozen=True, slots=True)
class Event:
    """`by` is who did it: admin, customer, bot, or nobody."""

    kind: str
    by: str = "admin"
    assigned: str = ""
    details: Json | None = None


def _attribute(name: str, value: str, previous: str | None, **more: Json) -> Json:
    return {"attribute": {"name": name}, "value": {"name": value, "previous": previous}, **more}


_FLOW: Final[Json] = {"name": "Triage & route"}
EVENTS: Final[tuple[Event, ...]] = (
    Event("assignment", assigned="admin"),
    Event("assignment", assigned="team"),
    Event("assignment", assigned="nobody"),
    Event("assign_and_reopen", assigned="admin"),
    Event("assign_and_unsnooze", assigned="admin"),
    Event("default_assignment", "bot", "team"),
    Event("away_mode_assignment", "bot", "team"),
    Event("workflow_assignment", "bot", "admin"),
    Event("open", "customer"),
    Event("close"),
    Event("snoozed"),
    Event("unsnoozed"),
    Event("timer_unsnooze", "bot"),
    Event("user_became_idle", "bot"),
    Event("merged_primary_conversation"),
    Event("participant_added"),
    Event("participant_removed"),
    Event("conversation_rating_changed", "customer"),
    Event("conversation_rating_remark_added", "customer"),
    Event("conversation_attribute_updated_by_admin", details=_attribute("Issue type", "Bug", "Question")),
    Event("conversation_attribute_updated_by_user", "customer", details=_attribute("Order number", "48311", None)),
    Event(
        "conversation_attribute_updated_by_workflow",
        "bot",
        details=_attribute("Copilot used", "true", None, workflow=_FLOW),
    ),
    Event("attribute_collector", "bot"),
    Event("attribute_collected", "customer"),
    Event("conversation_tags_updated"),
    Event("priority_changed"),
    Event("priority_changed_by_rule", "bot"),
    Event("language_detection_details", "bot"),
    Event("conversation_sla_applied_by_rule", "bot"),
    Event("conversation_sla_applied_by_workflow", "bot"),
    Event("conversation_sla_removed"),
    Event("conversation_sla_target_missed", "bot"),
    Event(
        "operator_workflow_event",
        "bot",
        details={"workflow": _FLOW, "event": {"type": "wait_finished", "result": "ok"}},
    ),
    Event("custom_action_started", "bot", details={"action": {"name": "Look up order"}}),
    Event("custom_action_finished", "bot", details={"action": {"name": "Look up order", "result": "success"}}),
    Event("resolution_bot_found_no_answer", "bot"),
    Event("ticket_state_updated_by_admin"),
    Event("ticket_attribute_updated_by_admin"),
    Event("call_summary", "bot"),
    Event("hologram_projected", "nobody", details={"hologram": {"colour": "teal"}}),
)


@dataclass(frozen=True, slots=True)
class Setting:
    """Where conversations take their people, files and tags from."""

    seed: int
    people: People
    staff: Staff
    companies: Companies
    host: FileHost
    tag_names: dict[str, str]


@dataclass(slots=True)
class Scenario:
    """What one conversation is made with."""

    setting: Setting
    row: IndexRow
    rng: Random
    writer: Writer
    customer: Author | None
    agent: Author
    conversation: Conversation


def generate(setting: Setting, row: IndexRow) -> Scenario:
    """A conversation without anything special about it yet."""
    rng = generator(setting.seed, 41, row.number)
    staff = setting.staff
    admin = staff.admins[(row.number * 7 + rng.randrange(2)) % len(staff.admins)]
    customers = [contact_author(setting.people, number, row) for number in row.contact_numbers]
    customer = customers[0] if customers else None
    firm = setting.companies.of_contact(row.contact_numbers[0]) if row.contact_numbers else 0
    first = setting.people.identity(row.contact_numbers[0]).first if row.contact_numbers else "all"
    words = words_for(
        rng, name=first, agent=admin.name.split()[0], firm=setting.companies.name(firm), at=row.created_at
    )
    topic = TOPICS[int(rng.random() ** 1.3 * len(TOPICS))]
    writer = Writer(rng, topic, words, setting.host, row.number, row.source_type == "email")
    agent = admin_author(admin)
    conversation = Conversation(
        row=row,
        title=writer.fill(topic.title) if rng.random() < 0.4 else None,
        source=None,
        subject=writer.fill(topic.title) if row.source_type == "email" else "",
        parts=[],
        attributes=_attributes(rng, row.number),
        tags=[(tag, setting.tag_names[tag]) for tag in row.tag_ids],
    )
    scenario = Scenario(setting, row, rng, writer, customer, agent, conversation)
    if row.feature != "no_source":
        conversation.source = _source(scenario)
    conversation.parts = [_part(scenario, place, customers) for place in range(row.part_count)]
    _end(scenario)
    if row.state == "closed" and rng.random() < 0.12 and customer:
        conversation.rating = rating(scenario, rng.randrange(1, 6), None)
    return scenario


def first(scenario: Scenario) -> Message:
    """The source, or the first part where there is none."""
    conversation = scenario.conversation
    return conversation.source or conversation.parts[0]


def talk(scenario: Scenario, place: int) -> Message:
    """Part `place`, turned into an ordinary answer."""
    part = scenario.conversation.parts[place]
    part.kind, part.author, part.body = "comment", scenario.agent, scenario.writer.answer()
    part.files, part.assigned_to, part.details, part.tags = (), None, None, ()
    return part


def say(scenario: Scenario, place: int, kind: str, author: Author | None, text: str) -> Message:
    part = talk(scenario, place)
    part.kind, part.author, part.body = kind, author, scenario.writer.short(text)
    return part


def contact_author(people: People, number: int, row: IndexRow) -> Author:
    """A contact as messages name it; the names of vanished ones changed over the years, and got lost at times."""
    who = people.identity(number)
    if who.kind == "vanished" and row.number % 3:
        return Author(who.role, who.id, f"{who.name} ({row.number % 3})" if who.name else None, who.email)
    if who.kind == "vanished":
        return Author(who.role, who.id, who.name, None)
    return Author(who.role if row.number % 10 else "contact", who.id, who.name, who.email)


def admin_author(admin: Admin) -> Author:
    return Author("admin", admin.id, admin.name, admin.email)


def bot_author(staff: Staff) -> Author:
    return Author("bot", staff.operator.id, "Operator", staff.operator.email)


def rating(scenario: Scenario, value: int | None, remark: str | None) -> Json:
    who = scenario.customer
    return {
        "rating": value,
        "remark": remark,
        "created_at": scenario.row.updated_at - 30,
        "updated_at": scenario.row.updated_at,
        "contact": {"type": "contact", "id": who.id if who else None, "external_id": None},
        "teammate": {"type": "admin", "id": int(scenario.agent.id)},
    }


def remark_for(scenario: Scenario) -> str:
    return scenario.writer.fill(pick(scenario.rng, REMARKS))


def part_id(number: int, place: int) -> str:
    return str(FIRST_PART_ID + number * PARTS_PER_CONVERSATION + place + 1)


def part_time(row: IndexRow, place: int) -> int:
    """When part `place` was written: all differ, the last one is the time of the last update."""
    share = (place + 1) / row.part_count
    return row.created_at + 30 + int((row.updated_at - row.created_at - 30) * (0.3 * share + 0.7 * share * share))


def _source(scenario: Scenario) -> Message:
    row, rng, writer = scenario.row, scenario.rng, scenario.writer
    outbound = rng.random() < 0.06
    if outbound:
        scenario.conversation.delivered_as = "admin_initiated"
    body = writer.answer() if outbound else writer.opening()
    files = (writer.file(),) if rng.random() < 0.1 else ()
    author = scenario.agent if outbound or scenario.customer is None else scenario.customer
    message = Message(str(900_000_000 + row.number), "source", row.created_at, author, body, files=files)
    if row.source_type == "email":
        message.mail = _mail(scenario, f"<{message.id}@mail.example>", by_customer=not outbound, first=True)
    return message


def _mail(scenario: Scenario, message_id: str, *, by_customer: bool, first: bool) -> Mail:
    """Who got it; some went to several, and every seventh conversation began with a mail that quotes an older one."""
    number = scenario.row.number
    them = (scenario.customer.email if scenario.customer else None) or "unknown@vanished.example"
    to = ("support@harbourlight.example",) if by_customer else (them.strip(),)
    cc = ("finance@harbourlight.example", f"boss{number}@partner.example") if number % 5 == 0 else ()
    bcc = ("archive@harbourlight.example",) if number % 10 == 3 else ()
    history: Body = ()
    if first and number % 7 == 2:
        began = Paragraph((f"On {scenario.writer.words['day']}, they wrote:",), "")
        history = (began, Quote(("Older words.", "Bye")))
    return Mail(message_id, to, cc, bcc, history)


def _part(scenario: Scenario, place: int, customers: list[Author]) -> Message:
    row, rng, writer = scenario.row, scenario.rng, scenario.writer
    step = _STEPS[(place + row.number) % len(_STEPS)]
    message = Message(part_id(row.number, place), "comment", part_time(row, place), scenario.agent)
    match step:
        case "event":
            _as_event(scenario, message, (row.number * 5 + place * 3) % len(EVENTS))
        case "note":
            message.kind, message.body = "note", writer.note()
        case "customer" if customers:
            message.author, message.body = customers[place % len(customers)], writer.question()
            if rng.random() < 0.08:
                message.files = (writer.file(),)
            elif rng.random() < 0.05:
                message.body = (*message.body, writer.picture())
        case _:
            message.body = writer.answer()
            if rng.random() < 0.05:
                message.files = (writer.file(),)
    if row.source_type == "email" and message.kind == "comment":
        by_customer = message.author is not scenario.agent
        message.mail = _mail(scenario, f"<{message.id}@mail.example>", by_customer=by_customer, first=False)
    return message


def _as_event(scenario: Scenario, message: Message, which: int) -> None:
    event = EVENTS[which]
    authors = {"admin": scenario.agent, "customer": scenario.customer, "bot": bot_author(scenario.setting.staff)}
    message.kind = event.kind
    message.author = authors.get(event.by)
    message.assigned_to = assigned_to(scenario.setting.staff, event.assigned, scenario.row.number + which)
    message.details = event.details
    if event.kind == "conversation_tags_updated":
        message.tags = tuple((str(tag), name) for tag, name in scenario.conversation.tags[:1])
    if event.kind == "call_summary":
        message.body = scenario.writer.short(
            "Summary of the call: order {order} was discussed, {firm} will send documents."
        )


def _end(scenario: Scenario) -> None:
    """The last part of a closed or snoozed conversation says so."""
    row, parts = scenario.row, scenario.conversation.parts
    if parts and row.state != "open":
        last = parts[-1]
        kind = "close" if row.state == "closed" else "snoozed"
        parts[-1] = Message(last.id, kind, last.at, scenario.agent)


def _attributes(rng: Random, number: int) -> Json:
    values: Json = {}
    if number % 2:
        values["Issue type"] = pick(rng, _ISSUES)
        values["Order number"] = str(rng.randrange(10_000, 99_999))
    if number % 3 == 0:
        values["Copilot used"] = rng.random() < 0.5
        values["CX Score rating"] = rng.randrange(1, 6)
    if number % 7 == 0:
        values["Affected product 📦"] = pick(rng, (["Invoicing"], ["Shipping", "API"], "Warehouse app"))
    if number % 11 == 0:
        values["Created by"] = "Workflow"
    return values


def assigned_to(staff: Staff, what: str, turn: int) -> Json | None:
    match what:
        case "admin":
            return {"type": "admin", "id": staff.admins[turn % len(staff.admins)].id}
        case "team":
            return {"type": "team", "id": staff.teams[turn % len(staff.teams)][0]}
        case "nobody":
            return {"type": "nobody_admin", "id": None}
        case _:
            return None
