"""The sheet of admins: suggestions, choices, problems, seats, undo."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.migration.mapping.admins import AdminSheet, Seats, with_admins
from ochre_tui.migration.mapping.sheet import Show, Tally
from ochre_tui.migration.plan.model import AdminEntry, Plan
from ochre_tui.migration.scan.result import ScannedAdmin
from ochre_tui.ochre.records import Role, User, UserState

SKIP = AdminEntry(action="skip")
ANA = AdminEntry(action="match", user="ana@example.com")


def admin(key: str, name: str, email: str | None, *, is_bot: bool = False, removed: bool = False) -> ScannedAdmin:
    return ScannedAdmin(id=key, name=name, email=email, is_bot=is_bot, removed=removed)


def user(email: str, name: str, role: Role | None = "agent", state: UserState = "active", *ids: str) -> User:
    return User(id=f"usr_{email}", email=email, name=name, role=role, state=state, intercom_admin_ids=ids)


ADMINS = (
    admin("1", "Ana", "Ana@example.com"),
    admin("2", "Ben", "ben@elsewhere.example"),
    admin("3", "Cleo", "cleo@example.com"),
    admin("4", "Dan", None),
    admin("5", "Eve", "eve@example.com", removed=True),
    admin("9", "Operator", "operator@intercom.io", is_bot=True),
)
USERS = (
    user("ana@example.com", "Ana", "owner"),
    user("ben@example.com", "Ben"),
    user("zoe@example.com", "Zoe", None, "historical"),
)


def sheet(**entries: AdminEntry) -> AdminSheet:
    return AdminSheet(ADMINS, USERS, {key.strip("_"): entry for key, entry in entries.items()})


def test_bots_need_no_decision() -> None:
    assert sheet().keys == ("1", "2", "3", "4", "5")


def test_only_equal_addresses_and_those_who_left_are_certain() -> None:
    rows = sheet()
    assert rows.certain() == ["1", "5"]
    change = rows.accept_certain()
    assert change is not None
    assert change.words == "Accepted what is certain: 2 admins"
    assert rows.entries() == {"1": ANA, "5": SKIP}
    assert rows.accept_certain() is None


def test_certain_ones_leave_decisions_alone() -> None:
    rows = sheet(_1=SKIP)
    rows.accept_certain()
    assert rows.entry("1") == SKIP


def test_accepting_takes_guesses_too() -> None:
    rows = sheet()
    rows.accept(["2", "3"])
    assert rows.entries() == {"2": AdminEntry(action="match", user="ben@example.com"), "3": SKIP}


def test_a_match_with_nobody_is_a_problem_until_it_is_changed() -> None:
    rows = sheet(_1=AdminEntry(action="match", user="nobody@example.com"), _2=SKIP)
    assert rows.status("1") == "problem"
    assert "nobody@example.com is no user in Ochre" in rows.problem("1")
    assert rows.tally() == Tally(rows=5, decided=1, undecided=3, problems=1)
    rows.accept(["1"])
    assert (rows.status("1"), rows.problem("1")) == ("decided", "")
    rows.undo()
    assert rows.status("1") == "problem"


def test_the_suggestion_comes_first_and_what_cannot_be_comes_last() -> None:
    choices = sheet().choices(["1"])
    assert (choices[0].label, choices[0].suggested, choices[0].detail) == (
        "ana@example.com",
        True,
        "same e-mail address",
    )
    assert [choice.label for choice in choices[1:3]] == ["Skip", "ben@example.com"]
    assert {choice.refused for choice in choices[3:]} == {"is in Ochre already"}
    assert all("zoe" not in choice.label for choice in choices)


def test_who_has_no_address_cannot_be_invited() -> None:
    refused = [choice.refused for choice in sheet().choices(["4"]) if choice.label.startswith("Invite")]
    assert refused == ["has no e-mail address"] * 3


def test_a_refused_choice_changes_nothing() -> None:
    rows = sheet()
    refused = next(choice for choice in rows.choices(["4"]) if choice.refused)
    assert rows.choose(refused, ["4"]) is None
    assert rows.entries() == {}


def test_several_are_invited_at_once_and_those_who_cannot_be_stay() -> None:
    rows = sheet()
    keys = ["2", "3", "4"]
    invite = next(choice for choice in rows.choices(keys) if choice.label == "Invite as light agent")
    assert invite.warning == "1 admin can't be invited and stay as they are"
    rows.choose(invite, keys)
    light = AdminEntry(action="invite", role="light_agent")
    assert rows.entries() == {"2": light, "3": light}
    assert rows.tally().problems == 0


def test_seats_count_new_billable_people_once() -> None:
    twin = admin("6", "Cleo again", "CLEO@example.com")
    rows = AdminSheet((*ADMINS, twin), USERS, {})
    assert rows.seats() == Seats(now=2, added=0, light_agents_added=0)
    agent, light = AdminEntry(action="invite"), AdminEntry(action="invite", role="light_agent")
    rows.decide("x", {"2": light, "3": agent, "6": agent, "1": ANA})
    assert rows.seats() == Seats(now=2, added=1, light_agents_added=1)


def test_who_was_invited_by_an_earlier_run_adds_no_seat_and_can_be_invited_still() -> None:
    there = user("cleo@example.com", "Cleo", "agent", "invited", "3")
    rows = AdminSheet(ADMINS, (*USERS, there), {"3": AdminEntry(action="invite")})
    assert rows.problem("3") == ""
    assert rows.seats() == Seats(now=3, added=0, light_agents_added=0)
    assert any(choice.label == "Invite as agent" and not choice.refused for choice in rows.choices(["3"]))


def test_search_and_filter() -> None:
    rows = sheet(_1=ANA, _3=AdminEntry(action="match", user="x@y.example"))
    shows: list[Show] = ["all", "undecided", "problem", "decided"]
    assert [rows.shown(show) for show in shows] == [["1", "2", "3", "4", "5"], ["2", "4", "5"], ["3"], ["1"]]
    assert rows.shown("all", "EXAMPLE.com cl") == ["3"]
    assert rows.shown("undecided", "no such") == []


def test_next_goes_round_and_stops_at_problems_too() -> None:
    rows = sheet(_1=ANA, _2=SKIP, _3=AdminEntry(action="match", user="x@y.example"))
    assert [rows.next_open(after, rows.keys) for after in (None, "3", "5")] == ["3", "4", "3"]
    rows.skip(["3", "4", "5"])
    assert rows.next_open(None, rows.keys) is None


def test_the_plan_keeps_what_the_sheet_does_not_know() -> None:
    plan = Plan(admins={"77": SKIP, "1": SKIP})
    assert with_admins(plan, {"1": None, "2": ANA}).admins == {"77": SKIP, "2": ANA}


STEPS = st.lists(
    st.tuples(st.sampled_from(["skip", "accept", "certain", "undo", "redo"]), st.sets(st.sampled_from("12345"))),
    max_size=12,
)


def taken(rows: AdminSheet, step: str, keys: set[str]) -> None:
    match step:
        case "skip":
            rows.skip(keys)
        case "accept":
            rows.accept(keys)
        case "certain":
            rows.accept_certain()
        case "undo":
            rows.undo()
        case _:
            rows.redo()


@given(STEPS)
def test_undoing_everything_leads_back_and_redoing_everything_leads_forth(steps: list[tuple[str, set[str]]]) -> None:
    rows = sheet(_2=SKIP)
    for step, keys in steps:
        taken(rows, step, keys)
    while rows.redo():
        pass
    after = rows.entries()
    while rows.undo():
        pass
    assert rows.entries() == {"2": SKIP}
    while rows.redo():
        pass
    assert rows.entries() == after


@given(STEPS)
def test_what_is_kept_is_what_is_decided(steps: list[tuple[str, set[str]]]) -> None:
    rows = sheet()
    kept: dict[str, AdminEntry | None] = {}
    rows.keep = lambda change: kept.update(change.after)
    for step, keys in steps:
        taken(rows, step, keys)
    assert {key: entry for key, entry in kept.items() if entry} == rows.entries()
