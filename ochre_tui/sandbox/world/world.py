"""The whole made-up workspace: reads, and the changes that happen while it is in use."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Sequence
from copy import copy
from typing import Any

from ochre_tui.sandbox.world import reference_data
from ochre_tui.sandbox.world.companies import Companies
from ochre_tui.sandbox.world.conversation import Conversation, Message
from ochre_tui.sandbox.world.conversation_generator import Setting, admin_author, contact_author, generate, part_id
from ochre_tui.sandbox.world.files import FileHost
from ochre_tui.sandbox.world.index import DAY, Indexer, IndexRow, feature_slots
from ochre_tui.sandbox.world.macros import Macro, added_macro, macro_json, make_macros
from ochre_tui.sandbox.world.orphans import left_behind
from ochre_tui.sandbox.world.people import ARCHIVED, DELETED, People, note_json
from ochre_tui.sandbox.world.random import digest
from ochre_tui.sandbox.world.render import conversation_json, hidden_ticket, ticket_of
from ochre_tui.sandbox.world.special import make_special
from ochre_tui.sandbox.world.staff import Staff, admin_json, make_staff, me_json, team_json

Json = dict[str, Any]

YEARS = 4 * 365 * DAY
_NEW_CONTACTS = 0xC00003  # beyond all others; five apart, so that each has an e-mail of its own


class World:
    """An Intercom workspace with `conversations` conversations; the same numbers always give the same workspace.

    `now` (unix seconds) is when its four years of history end, `files_url` the base address of its files, without a
    slash at the end. With `nasty`, strange records are more frequent, and some bodies hold NUL or a lone surrogate
    (which `json.dumps` can write and `orjson.dumps` can't). All answers are JSON of API version 2.16. What is big is
    made up anew on each call; nobody may rely on getting the same object twice.
    """

    def __init__(self, seed: int, conversations: int, *, now: int, files_url: str, nasty: bool = False) -> None:
        self.seed, self.now, self.nasty = seed, now, nasty
        self.app = f"hl{digest(seed)[:6]}"
        self.start, self.end = now - YEARS, now
        live, deleted = reference_data.tag_ids(seed)
        self._tags, self._deleted_tags = live, deleted
        self.staff: Staff = make_staff(seed, self.app)
        self.files = FileHost(seed, self.app, files_url)
        self.companies = Companies(seed, self.app, max(24, conversations // 8), self.start - 30 * DAY, live)
        count = max(60, conversations * 3 // 5)
        self.people = People(seed, self.app, count, self.start, self.end - DAY, self.companies, list(live), nasty)
        self._indexer = Indexer(
            seed,
            max(1, conversations),
            self.start,
            now,
            self.people,
            self.staff,
            tuple(live),
            tuple(deleted),
            feature_slots(seed, nasty),
        )
        self._rows = sorted((self._indexer.row(number) for number in range(conversations)), key=_place)
        self._by_id = {row.id: row for row in self._rows}
        self._setting = Setting(seed, self.people, self.staff, self.companies, self.files, {**live, **deleted})
        self._macros = make_macros(seed, now)
        self._first_rows: dict[str, IndexRow] = {}
        self._added: dict[str, list[Message]] = {}
        self._deleted = [_deletion(self._indexer.id(-9000 - number), now - number * DAY) for number in range(1, 4)]
        self._next = conversations
        self._contact_states: dict[str, str] = {}
        self._merges: dict[str, list[Json]] = {}
        self._contact_changes: dict[str, Json] = {}
        self._company_changes: dict[str, Json] = {}
        self._new_contacts: list[str] = []
        self._gone: dict[str, IndexRow] = {}
        self._contact_ids: list[str] | None = None

    # The workspace

    def me(self) -> Json:
        return me_json(self.staff, self.app, self.start)

    def admins(self) -> list[Json]:
        return [admin_json(admin) for admin in self.staff.listed]

    def teams(self) -> list[Json]:
        return [team_json(self.staff, team_id, name) for team_id, name in self.staff.teams]

    def tags(self) -> list[Json]:
        return [{"type": "tag", "id": tag_id, "name": name} for tag_id, name in self._tags.items()]

    def tag(self, tag_id: str) -> Json | None:
        """A tag that still exists."""
        return {"type": "tag", "id": tag_id, "name": self._tags[tag_id]} if tag_id in self._tags else None

    def segments(self) -> list[Json]:
        return reference_data.segments(self.seed)

    def contact_attributes(self) -> list[Json]:
        return reference_data.contact_attributes(self.seed)

    def company_attributes(self) -> list[Json]:
        return reference_data.company_attributes(self.seed)

    def conversation_attributes(self) -> list[Json]:
        return reference_data.conversation_attributes(self.seed)

    def macros(self) -> list[Json]:
        """All macros, the newest first, those of single teams included."""
        teams = [team_id for team_id, _ in self.staff.teams]
        return [macro_json(macro, teams) for macro in self.macro_sources()]

    def macro_sources(self) -> list[Macro]:
        return sorted(self._macros, key=lambda macro: (-macro.updated_at, macro.id))

    def subscription_types(self) -> list[Json]:
        return reference_data.subscription_types()

    def ticket_types(self) -> list[Json]:
        return reference_data.ticket_types(self.app)

    def tickets_only(self) -> list[Json]:
        """Tickets that no conversation list shows."""
        admin = self.staff.admins[1].id
        count = 3 + self._indexer.count // 60
        return [hidden_ticket(self.app, self.seed, number, self.start + number * DAY, admin) for number in range(count)]

    def ticket(self, conversation_id: str) -> Json | None:
        """The ticket that a conversation is, in the shape of the tickets API."""
        row = self._by_id.get(conversation_id)
        return ticket_of(self.app, self._generate(row)) if row is not None and row.is_ticket else None

    def left_behind(self) -> dict[str, list[Json]]:
        rows = self._rows[:3]
        contacts = [row.contact_ids[0] if row.contact_ids else "" for row in rows]
        return left_behind(self.app, self.staff, self.start, [row.id for row in rows], contacts)

    def deleted_conversations(self) -> list[Json]:
        return list(self._deleted)

    # People and companies

    def contact_ids(self) -> Sequence[str]:
        """The listed contacts, in order of creation."""
        if self._contact_ids is None:
            ids = [*(self.people.id(number) for number in range(self.people.count)), *self._new_contacts]
            self._contact_ids = [contact for contact in ids if contact not in self._contact_states]
        return self._contact_ids

    def contact(self, contact_id: str) -> Json | None:
        """A listed contact, with all of its tags, companies and notes in its lists; None for any other."""
        number = self.people.number(contact_id)
        old = number is not None and number < self.people.count
        if number is None or not (old or contact_id in self._new_contacts) or contact_id in self._contact_states:
            return None
        row = self.people.contact(number)
        row["merge_history"] += self._merges.get(contact_id, [])
        changes = dict(self._contact_changes.get(contact_id, {}))
        row["custom_attributes"].update(changes.pop("custom_attributes", {}))
        row.update(changes)
        return row

    def contact_state(self, contact_id: str) -> str | tuple[str, str]:
        """ "listed", "archived", "deleted" (unknown ones too) or ("merged", id of the contact it belongs to now)."""
        changed = self._contact_states.get(contact_id)
        if changed is not None:
            return changed if changed == "deleted" else ("merged", self._canonical(changed))
        number = self.people.number(contact_id)
        if number is None:
            return "deleted"
        if contact_id in self._new_contacts:
            return "listed"
        winner = self.people.winner(number)
        if winner is not None:
            return ("merged", self._canonical(self.people.id(winner)))
        if number < self.people.count:
            return "listed"
        return "archived" if ARCHIVED <= number < DELETED else "deleted"

    def note(self, note_id: str) -> Json:
        """A note on a contact, by the id in the contact's list."""
        return note_json(self.people, note_id)

    def company_ids(self) -> Sequence[str]:
        """All companies, those that the scroll leaves out included."""
        return [self.companies.id(number) for number in range(self.companies.count)]

    def company(self, company_id: str) -> Json | None:
        number = self.companies.number(company_id)
        return (
            None if number is None else {**self.companies.company(number), **self._company_changes.get(company_id, {})}
        )

    def company_in_scroll(self, company_id: str) -> bool:
        number = self.companies.number(company_id)
        return number is not None and self.companies.in_scroll(number)

    # Conversations and files

    def conversation_index(self) -> Sequence[IndexRow]:
        """A row for each conversation, by (created_at, numeric id)."""
        return self._rows

    def row(self, conversation_id: str) -> IndexRow | None:
        return self._by_id.get(conversation_id)

    def conversation(self, conversation_id: str) -> Json | None:
        """The full conversation with all of its parts, file addresses unsigned."""
        row = self._by_id.get(conversation_id)
        return None if row is None else conversation_json(self._generate(row), self.app)

    def generated(self, conversation_id: str) -> Conversation | None:
        """What the conversation was made from."""
        row = self._by_id.get(conversation_id)
        return None if row is None else self._generate(row)

    def file(self, path: str) -> tuple[bytes, str] | None:
        """The bytes and the content type behind a path or address; None for one that is gone or never was."""
        return self.files.read(path)

    # Changes while it is in use

    def keeping(self, contacts: Collection[str], conversations: Collection[str]) -> World:
        """This workspace as if these had not been deleted, for who keeps what was deleted here; only to be read."""
        world = copy(self)
        world._contact_states = {
            contact: state
            for contact, state in self._contact_states.items()
            if state != "deleted" or contact not in contacts
        }
        world._contact_ids = None
        world._rows = sorted([*self._rows, *(self._gone[ident] for ident in conversations)], key=_place)
        world._by_id = {row.id: row for row in world._rows}
        return world

    def new_conversation(self, at: int, *, dated: bool = True) -> Json:
        """A customer writes in; returns the conversation, which shows no `created_at` unless it is `dated`."""
        row = self._indexer.row(self._next)
        row.feature, row.created_at, row.updated_at = "", at, at
        row.state, row.part_count, row.snoozed_until, row.undated = "open", 0, None, not dated
        row.contact_numbers, row.contact_ids = self._present(row)
        self._next += 1
        insort(self._rows, row, key=_place)
        self._by_id[row.id] = row
        return self._answer(row)

    def add_part(self, conversation_id: str, at: int, kind: str = "comment") -> Json:
        """A teammate adds a part (a customer does where `kind` is "customer"); returns the conversation."""
        row = self._changing(conversation_id)
        conversation = self._generate(row)
        place = len(conversation.parts)
        message = Message(part_id(row.number, place), "comment" if kind == "customer" else kind, at, None)
        author = self.staff.admins[place % len(self.staff.admins)]
        message.author = admin_author(author)
        if kind == "customer" and row.contact_numbers:
            message.author = contact_author(self.people, row.contact_numbers[0], row)
        message.body = generate(self._setting, self._first_rows[row.id]).writer.short(
            f"One more thing on {{order}} ({place})."
        )
        self._added.setdefault(row.id, []).append(message)
        row.part_count, row.updated_at = place + 1, at
        return self._answer(row)

    def set_state(self, conversation_id: str, state: str, at: int) -> Json:
        """Open, close or snooze it (until a week after `at`), with the part that says so; returns the conversation."""
        row = self._changing(conversation_id)
        kind = {"open": "open", "closed": "close", "snoozed": "snoozed"}[state]
        admin = admin_author(self.staff.admins[row.number % len(self.staff.admins)])
        part = Message(part_id(row.number, len(self._generate(row).parts)), kind, at, admin)
        self._added.setdefault(row.id, []).append(part)
        row.part_count, row.updated_at, row.state = row.part_count + 1, at, state
        row.snoozed_until = at + 7 * DAY if state == "snoozed" else None
        return self._answer(row)

    def delete_conversation(self, conversation_id: str, at: int) -> Json:
        row = self._by_id.pop(conversation_id)
        self._rows.remove(row)
        self._gone[row.id] = row
        self._deleted.append(_deletion(row.id, at))
        return self._deleted[-1]

    def merge_contacts(self, loser: str, winner: str, at: int) -> Json:
        """`loser` becomes part of `winner`, who is returned."""
        losing, winning = self.contact(loser), self.contact(winner)
        if losing is None or winning is None or loser == winner:
            raise KeyError(f"{loser} and {winner} have to be two listed contacts")
        merge = {
            "type": "merge_history_item",
            "source_contact_id": loser,
            "source_contact_role": losing["role"],
            "merged_at": at,
        }
        self._merges.setdefault(winner, []).extend([*losing["merge_history"], merge])
        self._contact_states[loser] = winner
        self._contact_ids = None
        return self.update_contact(winner, at)

    def update_contact(self, contact_id: str, at: int, **fields: Any) -> Json:
        """Set top-level fields of a contact; `custom_attributes` are merged. Returns the contact."""
        changes = self._contact_changes.setdefault(contact_id, {})
        attributes = {**changes.get("custom_attributes", {}), **fields.pop("custom_attributes", {})}
        changes.update(fields, updated_at=at, custom_attributes=attributes)
        changed = self.contact(contact_id)
        if changed is None:
            raise KeyError(contact_id)
        return changed

    def new_contact(self, at: int) -> Json:
        """Somebody turns up; returns the contact."""
        contact = self.people.id(_NEW_CONTACTS + 5 * len(self._new_contacts))
        self._new_contacts.append(contact)
        self._contact_ids = None
        return self.update_contact(contact, at, created_at=at)

    def update_company(self, company_id: str, at: int, **fields: Any) -> Json:
        """Set top-level fields of a company; returns it."""
        self._company_changes.setdefault(company_id, {}).update(fields, updated_at=at)
        changed = self.company(company_id)
        if changed is None:
            raise KeyError(company_id)
        return changed

    def delete_contact(self, contact_id: str) -> Json:
        if self.contact(contact_id) is None:
            raise KeyError(contact_id)
        self._contact_states[contact_id] = "deleted"
        self._contact_ids = None
        return {"type": "contact", "id": contact_id, "deleted": True}

    def rename_tag(self, tag_id: str, name: str) -> Json:
        self._tags[tag_id] = self._setting.tag_names[tag_id] = name
        return {"type": "tag", "id": tag_id, "name": name}

    def new_tag(self, name: str) -> Json:
        """A tag that no record carries yet."""
        tag_id = str(max(map(int, [*self._tags, *self._deleted_tags])) + 1)
        return self.rename_tag(tag_id, name)

    def new_macro(self, at: int) -> Json:
        self._macros.append(added_macro(self.seed, len(self._macros), at))
        return macro_json(self._macros[-1], [])

    # Inside

    def _generate(self, row: IndexRow) -> Conversation:
        scenario = generate(self._setting, self._first_rows.get(row.id, row))
        make_special(scenario)
        conversation = scenario.conversation
        conversation.row = row
        conversation.parts += self._added.get(row.id, [])
        return conversation

    def _changing(self, conversation_id: str) -> IndexRow:
        """The row to change; what the conversation was made from is kept."""
        row = self._by_id[conversation_id]
        self._first_rows.setdefault(row.id, copy(row))
        return row

    def _answer(self, row: IndexRow) -> Json:
        return conversation_json(self._generate(row), self.app)

    def _present(self, row: IndexRow) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """The contact of a new conversation: one that is still listed."""
        listed = self.contact_ids()
        contact = listed[row.number * 7 % len(listed)]
        return (int(contact[-6:], 16),), (contact,)

    def _canonical(self, contact_id: str) -> str:
        while self._contact_states.get(contact_id, "deleted") != "deleted":
            contact_id = self._contact_states[contact_id]
        return contact_id


def _deletion(conversation_id: str, at: int) -> Json:
    return {"type": "conversation", "id": conversation_id, "metrics_retained": True, "deleted_at": at}


def _place(row: IndexRow) -> tuple[int, int]:
    return row.created_at, int(row.id)
