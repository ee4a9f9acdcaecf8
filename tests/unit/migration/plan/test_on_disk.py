from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ochre_tui.migration.mapping.admins import with_admins
from ochre_tui.migration.mapping.fields import with_fields
from ochre_tui.migration.plan.file import plan_text
from ochre_tui.migration.plan.model import AdminEntry, FieldEntry, Plan, PlanError, PlanScope, parse_plan
from ochre_tui.migration.plan.on_disk import PlanOnDisk, sections_of

SKIP = FieldEntry(action="skip")
WRITTEN_BY_HAND = """# agreed with Mia, 3 May
[import] # the lean archive
range = "2y"   # legal says two years

# Ana moved to sales
[admins.814860]
action = "match" # for now
user = "ana@example.com"
# ask Bo about the rest

[fields.contact.Plan] # 12 in use
action = "create"
key = "plan"
type = "single_select"
options = [
  "free", # [not a table]
  "pro",
]
"""

names = st.text("aZ9 _.-\"'\\=#[]{}\n\té🎨", min_size=1, max_size=8)
scopes: st.SearchStrategy[PlanScope] = st.sampled_from(["contact", "company", "conversation"])
entries = st.one_of(
    st.just(SKIP),
    st.builds(lambda key: FieldEntry(action="map", key=key), names),
    st.lists(names, min_size=1, max_size=3, unique=True).map(
        lambda options: FieldEntry(action="create", key="k", type="multi_select", options=tuple(options))
    ),
)
decisions = st.dictionaries(st.tuples(scopes, names), st.none() | entries, max_size=4)


def no_notes() -> Mapping[str, str]:
    return {}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(WRITTEN_BY_HAND)
    return path


@given(st.lists(decisions, min_size=1, max_size=4))
@settings(max_examples=60)
def test_the_file_says_what_was_decided_after_each_decision(
    tmp_path_factory: pytest.TempPathFactory, steps: list[dict[tuple[PlanScope, str], FieldEntry | None]]
) -> None:
    path = tmp_path_factory.mktemp("plan") / "plan.toml"
    path.write_text(WRITTEN_BY_HAND)
    plan = PlanOnDisk(path)
    expected = plan.read()
    for step in steps:
        expected = with_fields(expected, step)
        assert plan.update(lambda old, step=step: with_fields(old, step), no_notes) == expected  # type: ignore[misc]
        assert parse_plan(path.read_text()) == plan.read() == expected
        assert "legal says two years" in path.read_text()


def test_a_decision_rewrites_its_own_table_only(file: Path) -> None:
    plan = PlanOnDisk(file)
    plan.update(lambda old: with_admins(old, {"814860": AdminEntry(action="skip")}), no_notes)
    head, _, rest = WRITTEN_BY_HAND.partition("action")
    after = file.read_text()
    assert after.startswith(head)
    assert after.endswith(rest[rest.index("# ask Bo") :])
    assert "# for now" in after


def test_a_new_table_comes_after_its_kin_with_a_note(file: Path) -> None:
    PlanOnDisk(file).update(
        lambda old: with_admins(old, {"7": AdminEntry(action="skip")}), lambda: {'admins."7"': "Bo <bo@example.com>"}
    )
    tables = [line for line in file.read_text().splitlines() if line.startswith("[")]
    assert tables[1:3] == ["[admins.814860]", '[admins."7"] # Bo <bo@example.com>']


def test_taking_a_decision_back_restores_the_file(file: Path) -> None:
    plan = PlanOnDisk(file)
    plan.update(lambda old: with_fields(old, {("contact", "Size"): SKIP}), no_notes)
    assert file.read_text() != WRITTEN_BY_HAND
    plan.update(lambda old: with_fields(old, {("contact", "Size"): None}), no_notes)
    assert file.read_text().rstrip("\n") == WRITTEN_BY_HAND.rstrip("\n")


def test_comments_of_a_dropped_table_stay(file: Path) -> None:
    PlanOnDisk(file).update(lambda old: with_admins(old, {"814860": None}), no_notes)
    assert "814860" not in file.read_text()
    for comment in ("# Ana moved to sales", "# ask Bo about the rest"):
        assert comment in file.read_text()


def test_what_somebody_else_wrote_meanwhile_is_kept(file: Path) -> None:
    plan = PlanOnDisk(file)
    plan.update(lambda old: with_fields(old, {("company", "Tier"): SKIP}), no_notes)
    file.write_text(file.read_text().replace('"2y"', '"6m"') + '\n[admins."5"] # by hand\naction = "skip"\n')
    now = plan.update(lambda old: with_fields(old, {("company", "Size"): SKIP}), no_notes)
    assert (now.import_.range, set(now.admins), set(now.fields.company)) == ("6m", {"814860", "5"}, {"Tier", "Size"})
    assert '"5"] # by hand' in file.read_text()


@pytest.mark.parametrize(
    "text",
    [
        'admins = { "1" = { action = "skip" } } # inline\n',
        '[admins]\n"1" = { action = "skip" } # inline\n"2" = { action = "skip" }\n',
        '[admins."1"] # text\naction = "match"\nuser = """a@b\n[admins."2"]\naction = 1"""\n',
        "[import] # dates\n[import.range]\nfrom = 2024-01-01\nto = 2025-01-01\n",
    ],
)
def test_a_file_that_does_not_fall_into_tables_is_changed_as_a_whole(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(text)
    plan = PlanOnDisk(path)
    before = plan.read()
    expected = with_fields(before, {("contact", "X"): SKIP})
    plan.update(lambda old: with_fields(old, {("contact", "X"): SKIP}), no_notes)
    assert parse_plan(path.read_text()) == expected
    assert text.partition("#")[2].split("\n")[0] in path.read_text()


def test_a_file_written_by_us_falls_into_tables() -> None:
    plan = parse_plan("[import]\nrange='6m'\n[admins.1]\naction='invite'\n[fields.contact.'a b']\naction='skip'")
    text = plan_text(plan)
    sections = sections_of(text, plan)
    assert sections is not None
    assert sections.text == text


def test_an_invalid_plan_is_left_alone(file: Path) -> None:
    plan = PlanOnDisk(file)
    file.write_text("[import]\nrange = 3\n")
    with pytest.raises(PlanError):
        plan.update(lambda old: with_fields(old, {("contact", "X"): SKIP}), no_notes)
    assert file.read_text() == "[import]\nrange = 3\n"


def test_without_a_file_the_plan_is_the_default_one(tmp_path: Path) -> None:
    plan = PlanOnDisk(tmp_path / "plan.toml")
    assert plan.read() == Plan()
    plan.update(lambda old: old, no_notes)
    assert (tmp_path / "plan.toml").stat().st_mode & 0o777 == 0o600
