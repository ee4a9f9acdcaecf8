import datetime
import os
import stat
import string
import tomllib
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from ochre_tui.core.errors import OchreTuiError, UsageError
from ochre_tui.migration.plan.file import parse_document, plan_text, read_plan, set_value, split_setting, write_plan
from ochre_tui.migration.plan.model import CHANNELS, FIELD_TYPES, SELECTS, STATES, Plan, PlanError, parse_plan

names = st.text("aZ9 _.-\"'\\=#[]{}\n\r\té🎨ع\x00\x07\x7f\u2028", min_size=1, max_size=12)
days = st.dates(datetime.date(1970, 1, 1), datetime.date(2200, 12, 30))


@st.composite
def ranges(draw: st.DrawFn) -> object:
    start = draw(days)
    later = start + datetime.timedelta(days=draw(st.integers(1, 900)))
    dates = {"from": start, "to": min(later, datetime.date(2200, 12, 31))}
    return draw(st.sampled_from(["all", "2y", "6m", dates]))


@st.composite
def new_fields(draw: st.DrawFn) -> dict[str, object]:
    kind = draw(st.sampled_from(FIELD_TYPES))
    key = draw(st.from_regex(r"[a-z][a-z0-9_]{0,62}", fullmatch=True))
    entry: dict[str, object] = {"action": "create", "key": key, "type": kind}
    if kind in SELECTS:
        entry["options"] = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    return entry


admin_entries = st.one_of(
    st.just({"action": "skip"}),
    st.builds(lambda user: {"action": "match", "user": f"{user}@example.com"}, names),
    st.builds(lambda role: {"action": "invite", "role": role}, st.sampled_from(["admin", "agent", "light_agent"])),
)
field_entries = st.one_of(
    st.just({"action": "skip"}), new_fields(), st.builds(lambda key: {"action": "map", "key": key}, names)
)
windows = st.fixed_dictionaries(
    {"from": st.just("22:30"), "to": st.sampled_from(["00:00", "24:00", "06:05"]), "percent": st.integers(1, 100)}
)
tables = st.dictionaries(names, field_entries, max_size=3)
plans = st.builds(
    Plan.model_validate,
    st.fixed_dictionaries(
        {
            "import": st.fixed_dictionaries(
                {
                    "range": ranges(),
                    "states": st.lists(st.sampled_from(STATES), min_size=1, unique=True),
                    "exclude_closed_older_than_days": st.integers(0, 4000),
                    "channels": st.lists(st.sampled_from(CHANNELS), min_size=1, unique=True),
                    "attachments": st.booleans(),
                }
            ),
            "pace": st.fixed_dictionaries({"windows": st.lists(windows, max_size=2)}),
            "admins": st.dictionaries(st.text(string.digits, min_size=1, max_size=9), admin_entries, max_size=3),
            "fields": st.fixed_dictionaries({"contact": tables, "company": tables, "conversation": tables}),
        }
    ),
)


@given(plans)
@settings(max_examples=60)
def test_a_written_plan_reads_as_the_same(plan: Plan) -> None:
    assert parse_plan(plan_text(plan)) == plan


@given(plans, plans)
@settings(max_examples=60)
def test_a_changed_plan_reads_as_the_new_one(old: Plan, new: Plan) -> None:
    assert parse_plan(plan_text(new, before=plan_text(old))) == new


@given(plans)
@settings(max_examples=30)
def test_writing_the_same_plan_again_changes_no_byte(plan: Plan) -> None:
    text = plan_text(plan)
    assert plan_text(plan, before=text) == text


def test_the_order_is_that_of_the_documentation() -> None:
    text = plan_text(parse_plan("[fields.contact.X]\naction='skip'\n[admins.7]\naction='skip'\n[import]\nrange='2y'"))
    tables = [line.split("#")[0].strip() for line in text.splitlines() if line.startswith("[")]
    assert tables == ["[import]", '[admins."7"]', "[fields.contact.X]"]
    assert list(tomllib.loads(text)["import"])[:4] == ["range", "states", "exclude_closed_older_than_days", "channels"]


def test_comments_survive_a_change() -> None:
    before = """# agreed with Mia, 3 May
[import] # the lean archive
range = "2y"   # legal says two years

# Ana moved to sales
[admins.814860]
action = "match" # for now
user = "ana@example.com"
"""
    plan = parse_plan(before)
    changed = parse_plan(before.replace('"match"', '"invite"').replace('"2y"', '"6m"') + "[admins.9]\naction='skip'")
    after = plan_text(changed, {'admins."9"': "Bo <bo@example.com>"}, before)
    assert parse_plan(after) == changed != plan
    for comment in ("agreed with Mia", "the lean archive", "legal says", "Ana moved", "for now", "Bo <bo@example.com>"):
        assert comment in after


def test_a_note_can_not_break_out_of_its_comment() -> None:
    plan = parse_plan("[admins.9]\naction='skip'")
    text = plan_text(plan, {'admins."9"': "Eve\n[import]\nrange = '6m'\x1b[31m\r\x00"})
    assert parse_plan(text) == plan
    assert "\x1b" not in text


@pytest.mark.parametrize("before", ["not toml [", "\x00", "[admins]\n'1' = 3", "import = 3", "[[fields]]\nx = 1"])
def test_a_broken_file_is_replaced(before: str) -> None:
    plan = parse_plan("[admins.9]\naction='skip'")
    assert parse_plan(plan_text(plan, before=before)) == plan


@pytest.mark.parametrize(
    ("settings_", "expected"),
    [
        (["import.range=2y"], {"import": {"range": "2y"}}),
        (['import.range="6m"'], {"import": {"range": "6m"}}),
        (["import.range = all "], {"import": {"range": "all"}}),
        (
            ["import.range={ from = 2024-01-01, to = 2025-01-01 }"],
            {"import": {"range": {"from": datetime.date(2024, 1, 1), "to": datetime.date(2025, 1, 1)}}},
        ),
        (["import.attachments=false"], {"import": {"attachments": False}}),
        (["import.exclude_closed_older_than_days=365"], {"import": {"exclude_closed_older_than_days": 365}}),
        (['import.states=["open", "snoozed"]'], {"import": {"states": ["open", "snoozed"]}}),
        (['admins."814860".action=skip'], {"admins": {"814860": {"action": "skip"}}}),
        (["admins.814860.action=skip"], {"admins": {"814860": {"action": "skip"}}}),
        (
            ["admins.'1'.action=match", 'admins."1".user=ana@example.com'],
            {"admins": {"1": {"action": "match", "user": "ana@example.com"}}},
        ),
        (['fields.contact."a=b".action=skip'], {"fields": {"contact": {"a=b": {"action": "skip"}}}}),
        (
            ['fields.company."Größe 🎨".action=map', 'fields.company."Größe 🎨".key=size'],
            {"fields": {"company": {"Größe 🎨": {"action": "map", "key": "size"}}}},
        ),
        (["import.range=2y", "import.range=6m"], {"import": {"range": "6m"}}),
        (["import.contacts=with-conversations"], {"import": {"contacts": "with-conversations"}}),
        (["x=1\ny = 2"], {"x": "1\ny = 2"}),
        (["x="], {"x": ""}),
    ],
)
def test_set(settings_: list[str], expected: object) -> None:
    document = parse_document("")
    for setting in settings_:
        set_value(document, *split_setting(setting))
    assert tomllib.loads(tomlkit.dumps(document)) == expected


def test_set_keeps_what_is_there() -> None:
    before = "# mine\n[import]\nrange = 'all' # everything\n[admins.1]\naction = 'skip'\n"
    document = parse_document(before)
    set_value(document, "import.range", "2y")
    set_value(document, 'admins."1".action', "invite")
    set_value(document, "import.attachments", "false")
    text = tomlkit.dumps(document)
    assert tomllib.loads(text) == {
        "import": {"range": "2y", "attachments": False},
        "admins": {"1": {"action": "invite"}},
    }
    assert "# mine" in text
    assert "# everything" in text


@pytest.mark.parametrize("key", ["", "a b", "a..b", "a.", "[a]", "a\nb", 'a."b', "a = 1\nb", "#a"])
def test_set_refuses_what_is_no_key(key: str) -> None:
    with pytest.raises(PlanError, match="error"):
        set_value(parse_document(""), key, "1")


def test_set_refuses_a_way_through_a_value() -> None:
    with pytest.raises(PlanError) as caught:
        set_value(parse_document("[import]\nrange = 'all'"), "import.range.from", "2024-01-01")
    assert caught.value.errors[0].key == "import.range"


@pytest.mark.parametrize("setting", ["import.range", "", "'a=b'", '"a=b'])
def test_a_setting_needs_a_value(setting: str) -> None:
    with pytest.raises(UsageError) as caught:
        split_setting(setting)
    assert "KEY=VALUE" in caught.value.advice


def test_the_file_is_private_and_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text("old")
    path.chmod(0o666)
    before = os.umask(0)
    try:
        write_plan(path, plan_text(parse_plan("")))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_plan(path) == parse_plan("")
    assert [file.name for file in tmp_path.iterdir()] == ["plan.toml"]


def test_a_place_that_can_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(OchreTuiError, match="can't be written"):
        write_plan(tmp_path / "gone" / "plan.toml", "")
    (tmp_path / "plan.toml").mkdir()
    with pytest.raises(OchreTuiError, match="can't be written"):
        write_plan(tmp_path / "plan.toml", "")
    assert [file.name for file in tmp_path.iterdir()] == ["plan.toml"]


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read"):
        read_plan(tmp_path / "plan.toml")
    (tmp_path / "plan.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlanError) as caught:
        read_plan(tmp_path / "plan.toml")
    assert "UTF-8" in caught.value.errors[0].error


def test_a_file_from_windows(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_bytes(b'\xef\xbb\xbf[import]\r\nrange = "2y"\r\n')
    assert read_plan(tmp_path / "plan.toml").import_.range == "2y"
