import datetime
import random
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ochre_tui.intercom.models import Conversation, DataAttribute, Json, Macro
from ochre_tui.migration.scan import findings
from ochre_tui.migration.scan.forecast import estimate_duration
from ochre_tui.migration.scan.left_behind import count_of
from ochre_tui.migration.scan.result import AttachmentEstimate, Interval
from ochre_tui.migration.scan.sample import Files, RandomSample, estimate_files, estimate_total
from ochre_tui.migration.scan.tallies import (
    AdminTally,
    CompanyTally,
    ContactTally,
    ConversationTally,
    IdSet,
    MergeTally,
)
from ochre_tui.migration.scan.usage import Usage

LOS_ANGELES = ZoneInfo("America/Los_Angeles")


def attribute(name: str, data_type: str, options: Sequence[str] = (), *, archived: bool = False) -> DataAttribute:
    raw = {"name": name, "data_type": data_type, "options": list(options), "archived": archived, "custom": True}
    return DataAttribute.read(raw, "contact")


def conversations(zone: datetime.tzinfo = datetime.UTC, admins: AdminTally | None = None) -> ConversationTally:
    return ConversationTally(Usage("conversation", []), admins or AdminTally(), zone, random.Random(1))


def row(number: int, **more: object) -> Json:
    return {"id": str(number), "state": "open", "source": {"type": "email"}, "created_at": 1_700_000_000, **more}


def test_conversations_are_counted_once_each() -> None:
    tally = conversations(LOS_ANGELES)
    first_of_july = int(datetime.datetime(2026, 7, 1, 6, 59, tzinfo=datetime.UTC).timestamp())
    rows: list[Json] = [
        row(1),
        row(1),
        row(2, created_at=first_of_july),
        row(3, created_at=(first_of_july + 60) * 1000, state="snoozed"),
        row(4, created_at=None, source=None, state=None),
        row(5, created_at="soon", source={"type": None}, state="archived"),
        row(6, source={"type": "telegram"}, statistics={"count_conversation_parts": 501}),
        row(7, statistics={"count_conversation_parts": 500}),
        row(8, statistics=None, ticket={"id": 8}, custom_attributes=None),
        {"id": None},
        {},
    ]
    for raw in rows:
        tally.add(raw)
    result = tally.result()
    assert result.by_state == {"archived": 1, "none": 1, "open": 5, "snoozed": 1}
    assert result.by_channel == {"email": 5, "none": 2, "telegram": 1}
    assert result.by_month == {"2023-11": 4, "2026-06": 1, "2026-07": 1, "none": 2}
    assert result.over_500_parts == ["6"]
    assert tally.undated == ["4", "5"]
    assert tally.tickets == 1
    assert len(tally.seen) == 8


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ROW_KEYS = ["id", "state", "source", "created_at", "statistics", "ticket", "teammates", "admin_assignee_id"]
MORE_KEYS = ["custom_attributes", "tags", "companies", "notes", "email", "external_id", "name", "author"]


@given(st.dictionaries(st.sampled_from(ROW_KEYS + MORE_KEYS), json_values, max_size=12))
@settings(max_examples=150)
def test_no_rawstops_a_scan(odd: Json) -> None:
    admins = AdminTally()
    tally = conversations(admins=admins)
    contacts, companies = ContactTally(Usage("contact", [])), CompanyTally(Usage("company", []))
    for raw in ({**odd, "id": "1"}, odd, {"id": 2, "source": odd, "statistics": odd, "ticket": odd, "teammates": odd}):
        tally.add(raw)
        contacts.add(raw)
        companies.add(raw)
    admins.add_listed([odd, {**odd, "id": 5}])
    result = tally.result()
    assert sum(result.by_month.values()) == sum(result.by_channel.values()) == len(tally.seen) >= 2
    assert len(admins.result()) >= 1


def test_attributes_are_counted_with_their_values() -> None:
    usage = Usage(
        "contact",
        [
            attribute("Tier", "string", ["free", "pro"]),
            attribute("Seats", "integer"),
            attribute("Labels", "string"),
            attribute("Regions", "list", ["EU", "US"]),
            attribute("Old", "string", archived=True),
            attribute("Tier", "string"),
        ],
    )
    records: list[Json] = [
        {"Tier": "free", "Seats": 3, "Labels": ["a", "b"], "Regions": "EU"},
        {"Tier": "FREE", "Seats": "12.5", "Labels": "a", "Regions": ["EU", "us"]},
        {"Tier": "gold", "Seats": "many", "Labels": ["c", 5], "Regions": ["EU", "Mars"]},
        {"Tier": None, "Seats": "", "Unknown": 1, "Nothing": None},
        {"Tier": "free", "Seats": True},
    ]
    for record in records:
        usage.add(record)
    result = {field.name: field for field in usage.result()}
    assert list(result) == ["Tier", "Seats", "Labels", "Regions", "Old"]
    tier, seats, labels, regions, old = result.values()
    assert (tier.usage, tier.distinct, tier.examples, tier.misfits) == (4, 3, ["free", "FREE", "gold"], 1)
    assert tier.values == ["FREE", "free", "gold"]
    assert (seats.usage, seats.misfits, seats.examples, seats.values) == (4, 2, ["12.5", 3, "many", True], [])
    assert (labels.usage, labels.lists, labels.values, labels.misfits) == (3, True, ["5", "a", "b", "c"], 1)
    assert (regions.lists, regions.misfits) == (True, 1)
    assert (old.usage, old.examples, old.archived) == (0, [], True)
    assert dict(usage.undefined) == {"Unknown": 1}


def test_many_values_stay_small() -> None:
    usage = Usage("contact", [attribute("Free text", "string"), attribute("Long", "string")])
    for number in range(1000):
        usage.add({"Free text": f"value {number}", "Long": "x" * 10_000})
    text, long = usage.result()
    assert (text.usage, text.distinct, text.distinct_capped) == (1000, 200, True)
    assert len(text.examples) == 5
    assert (long.distinct, long.distinct_capped) == (1, True)
    assert len(long.values[0]) == 200


def test_standard_attributes_are_no_custom_fields() -> None:
    standard = DataAttribute.read({"name": "email", "full_name": "email", "data_type": "string"}, "contact")
    assert Usage("contact", [standard]).result() == []


def contact(contact_id: str, email: str | None = None, external: str | None = None, **more: object) -> Json:
    return {"id": contact_id, "email": email, "external_id": external, **more}


def test_contacts_that_will_be_one_customer() -> None:
    tally = ContactTally(Usage("contact", []))
    rows = [
        contact("a", "Ana@x.com", "1"),
        contact("b", " ana@X.com "),
        contact("c", "cy@x.com", "1"),
        contact("d", "cy@x.com"),
        contact("e", "e@x.com", "5"),
        contact("f", "f@x.com", "6", tags={"has_more": True}, companies={"has_more": True}),
        contact("f", "e@x.com"),
        contact("g", "", ""),
        contact("h", "", ""),
        contact("i", None, None, notes={"data": [], "total_count": 4}),
    ]
    for raw in rows:
        tally.add(raw)
    assert tally.merges.groups() == [["a", "b", "c", "d"]]
    assert (len(tally.seen), tally.sub_lists, tally.notes) == (9, 2, 4)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 6)), max_size=25))
def test_merges_are_the_connected_contacts(pairs: list[tuple[int, int]]) -> None:
    keys: dict[str, set[str]] = {}
    for owner, key in pairs:
        keys.setdefault(f"contact {owner}", set()).add(f"key {key}")
    merges = MergeTally()
    for contact_id, own in keys.items():
        merges.add(contact_id, sorted(own))
    groups = [{contact_id} for contact_id in keys]
    for shared in {key for own in keys.values() for key in own}:
        joined = [group for group in groups if any(shared in keys[contact_id] for contact_id in group)]
        groups = [group for group in groups if group not in joined] + ([set().union(*joined)] if joined else [])
    assert merges.groups() == sorted(sorted(group) for group in groups if len(group) > 1)


@given(st.lists(st.integers(0, 3000).map(str), max_size=2000))
@settings(max_examples=40)
def test_seen_is_a_set(items: list[str]) -> None:
    seen, known = IdSet(), set[str]()
    for item in items:
        assert seen.add(item) == (item not in known)
        known.add(item)
    assert len(seen) == len(known)


def test_a_draw_does_not_depend_on_the_order() -> None:
    items = [str(number) for number in range(500)]
    sample, other = RandomSample(20, random.Random(7)), RandomSample(20, random.Random(7))
    for item in items:
        sample.offer(item)
    for item in reversed(items):
        other.offer(item)
    assert sample.chosen(20) == other.chosen(20)
    assert sample.chosen(5) == sample.chosen(20)[:5]
    assert len(set(sample.chosen(99))) == 20


def test_a_draw_is_even() -> None:
    hits = [0] * 10
    for seed in range(400):
        draw = RandomSample(2, random.Random(seed))
        for number in range(10):
            draw.offer(str(number))
        for item in draw.chosen(2):
            hits[int(item)] += 1
    assert all(45 <= count <= 120 for count in hits)


def test_a_whole_population_is_no_estimate() -> None:
    assert estimate_total([1, 2, 3], 3, random.Random(1), typical=9) == Interval(low=6, likely=6, high=6)
    assert estimate_total([], 0, random.Random(1), typical=9) == Interval(low=0, likely=0, high=0)


def test_nothing_found_is_not_nothing_there() -> None:
    assert estimate_total([0] * 30, 1030, random.Random(1), typical=50) == Interval(low=0, likely=0, high=5000)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40), st.integers(0, 10**6))
@settings(max_examples=40)
def test_an_interval_is_in_order(values: list[int], more: int) -> None:
    result = estimate_total(values, len(values) + more, random.Random(3), typical=1)
    assert sum(values) <= result.low <= result.likely <= result.high


def test_the_interval_holds_the_truth_most_of_the_time() -> None:
    rng = random.Random(11)
    population = [rng.choice([0, 0, 1]) * int(rng.lognormvariate(10, 1.5)) for _ in range(2_000)]
    held = 0
    for _ in range(60):
        result = estimate_total(rng.sample(population, 40), len(population), rng, typical=150_000)
        held += result.low <= sum(population) <= result.high
    assert held >= 48


def test_images_of_unknown_size_widen_the_interval() -> None:
    sure = estimate_files([Files(2, 400_000, 0)] * 4, 4, random.Random(1))
    assert sure == AttachmentEstimate(
        count=8, bytes=Interval(low=1_600_000, likely=1_600_000, high=1_600_000), sampled=4
    )
    unsure = estimate_files([Files(2, 400_000, 1)] * 4, 4, random.Random(1))
    assert unsure.count == 8
    assert 1_600_000 < unsure.bytes.low < unsure.bytes.likely < unsure.bytes.high


def no_files(size: int = 0) -> AttachmentEstimate:
    return AttachmentEstimate(count=0, bytes=Interval(low=size, likely=size, high=size), sampled=1)


@pytest.mark.parametrize(
    ("requests", "limit", "latency", "likely"),
    [
        (100_000, 1666, 0.4, (600, 700)),  # the limit rules
        (100_000, 83, 0.4, (12_000, 13_500)),
        (100_000, None, 0.4, (400, 450)),  # 96 requests in flight
        (1_000, 1666, 0.05, (3, 6)),  # all within the first window
    ],
)
def test_duration(requests: int, limit: int | None, latency: float, likely: tuple[int, int]) -> None:
    result = estimate_duration(requests=requests, limit=limit, latency_s=latency, files=no_files())
    assert likely[0] <= result.likely <= likely[1]
    assert result.low <= result.likely <= result.high


def test_many_files_take_longer_than_their_conversations() -> None:
    result = estimate_duration(requests=1000, limit=1666, latency_s=0.1, files=no_files(10**10))
    assert 900 < result.likely < 1100


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ({"type": "list", "data": [{}], "total_count": 7, "pages": {"next": "x"}}, 7),
        ({"type": "list", "data": [{}], "total_count": "7"}, 7),
        ({"type": "segment.list", "segments": [{}, {}]}, 2),
        ({"data": [], "pages": None}, 0),
        ({"data": [{}], "pages": {"next": {"starting_after": "x"}}}, None),
        ({"type": "nothing"}, None),
    ],
)
def test_counts_of_lists(body: Json, count: int | None) -> None:
    assert count_of(body) == count


def test_admins_and_those_who_left() -> None:
    admins = AdminTally()
    admins.add_listed(
        [
            {"id": 1, "name": "Ana", "email": "ana@x.com"},
            {"id": "2", "name": "Fin", "email": "operator+abc@intercom.io"},
            {"name": "nobody"},
        ]
    )
    tally = conversations(admins=admins)
    bob = {"type": "admin", "id": "9", "name": "Bob", "email": "bob@x.com"}
    tally.add(row(1, admin_assignee_id=1, teammates={"admins": [{"type": "admin", "id": "1"}, {"id": "8"}]}))
    tally.add(row(2, admin_assignee_id=0, source={"type": "email", "author": bob}))
    tally.add(row(3, source={"type": "email", "author": {"type": "user", "id": "7"}}))
    admins.read(
        Conversation.read(
            {
                "id": 4,
                "source": {"author": {"type": "user", "id": "7"}},
                "conversation_parts": {
                    "conversation_parts": [
                        {"id": 1, "author": bob},
                        {"id": 2, "author": {"type": "admin", "id": "8", "name": "Cy"}},
                        {"id": 3, "author": {"type": "bot", "id": "77", "name": "Fin"}},
                        {"id": 4, "author": {"type": "team", "id": "6"}},
                    ]
                },
            }
        )
    )
    result = [
        (who.id, who.name, who.is_bot, who.removed, who.conversations, who.sampled_messages) for who in admins.result()
    ]
    assert result == [
        ("1", "Ana", False, False, 1, 0),
        ("2", "Fin", True, False, 0, 0),
        ("8", "Cy", False, True, 1, 1),
        ("9", "Bob", False, True, 1, 1),
        ("77", "Fin", True, True, 0, 1),
    ]
    assert len(admins) == 2


def test_warnings_name_the_first_twenty() -> None:
    macros = [Macro(id=str(number), visible_to="specific_teams") for number in range(1, 31)] + [Macro(id="x")]
    (warning,) = findings.about_macros(macros)
    assert (warning.code, warning.count, len(warning.ids)) == ("restricted_macros", 30, 20)
    assert warning.message.startswith("30 macros ")
    (sample,) = findings.about_conversations(["5"], [])
    assert sample.message.startswith("1 conversation ")
    assert list(findings.about_conversations([], [])) == []
    assert list(findings.about_merges([])) == []
