import datetime

import pytest

from ochre_tui.core.errors import UsageError
from ochre_tui.migration.plan.model import Dates, PlanError, parse_plan, toml_key

CONTRACT_EXAMPLE = """
[import]
range = "all"
states = ["open", "closed", "snoozed"]
exclude_closed_older_than_days = 0
channels = ["messenger", "email", "other"]
contacts = "all"
attachments = true
inline_images = true
saved_replies = true

[admins."814860"]
action = "match"
user = "ana@example.com"
role = "agent"

[fields.contact."Plan Tier"]
action = "create"
key = "plan_tier"
type = "single_select"
options = ["free", "pro"]
"""


def test_the_documented_plan_is_valid_and_its_import_table_is_the_default() -> None:
    plan = parse_plan(CONTRACT_EXAMPLE)
    assert plan.import_ == parse_plan("").import_
    assert plan.admins["814860"].user == "ana@example.com"
    assert plan.fields.contact["Plan Tier"].options == ("free", "pro")


def test_a_range_of_dates() -> None:
    plan = parse_plan("[import]\nrange = { from = 2024-01-01, to = 2025-01-01 }")
    assert isinstance(plan.import_.range, Dates)
    assert (plan.import_.range.from_, plan.import_.range.to) == (datetime.date(2024, 1, 1), datetime.date(2025, 1, 1))


@pytest.mark.parametrize(
    ("text", "key", "right"),
    [
        ("imports.range = 'all'", "imports", "did you mean import?"),
        ("[import]\nrnage = 'all'", "import.rnage", "did you mean range?"),
        ("import = 3", "import", "a table: [import]"),
        ("[import]\nrange = '3w'", "import.range", '"all", "2y", "6m"'),
        ("[import]\nrange = 2024-01-01", "import.range", '"all", "2y", "6m"'),
        ("[import]\nrange = ['all']", "import.range", '"all", "2y", "6m"'),
        ("[import]\nrange = { from = 2024-01-01 }", "import.range.to", "is missing"),
        ("[import]\nrange = { from = 2024-01-01, to = 2024-01-01 }", "import.range.to", "later than"),
        ("[import]\nrange = { from = 2024-01-01, to = 2300-01-01 }", "import.range.to", "1970 to 2200"),
        ("[import]\nrange = { from = 2024-01-01, to = 2025-01-01T00:00:00Z }", "import.range.to", "a date, as in"),
        ("[import]\nrange = { from = '2024-01-01', to = 2025-01-01 }", "import.range.from", "a date, as in"),
        (
            "[import]\nrange = { from = 2024-01-01, to = 2025-01-01, till = 1 }",
            "import.range.till",
            "known here: from, to",
        ),
        ("[import]\nstates = 'open'", "import.states", "a list of open, closed, snoozed"),
        ("[import]\nstates = ['open', 'shut']", "import.states[1]", '"open", "closed" or "snoozed"'),
        ("[import]\nstates = []", "import.states", "at least one"),
        ("[import]\nchannels = ['email', 'email']", "import.channels", "twice"),
        ("[import]\nexclude_closed_older_than_days = -1", "import.exclude_closed_older_than_days", "from 0 to"),
        ("[import]\nexclude_closed_older_than_days = true", "import.exclude_closed_older_than_days", "whole number"),
        ("[import]\nexclude_closed_older_than_days = 1.5", "import.exclude_closed_older_than_days", "whole number"),
        ("[import]\ncontacts = 'some'", "import.contacts", "with-conversations"),
        ("[import]\nattachments = 1", "import.attachments", "true or false"),
        ("[import]\ninline_images = 'yes'", "import.inline_images", "true or false"),
        ("admins = []", "admins", "a table of tables"),
        ("[admins]\n814860 = 'skip'", 'admins."814860"', "a table with action"),
        ("[admins.814860]\nuser = 'a@b.c'", 'admins."814860".action', "is missing"),
        ("[admins.814860]\naction = 'drop'", 'admins."814860".action', '"match", "invite" or "skip"'),
        ("[admins.814860]\naction = 'match'", 'admins."814860".user', "is missing"),
        ("[admins.814860]\naction = 'match'\nuser = 'Ana'", 'admins."814860".user', "e-mail address"),
        ("[admins.814860]\naction = 'match'\nuser = 5", 'admins."814860".user', "in quotes"),
        ("[admins.814860]\naction = 'invite'\nrole = 'owner'", 'admins."814860".role', "light_agent"),
        ("[admins.814860]\naction = 'skip'\nnote = ''", 'admins."814860".note', "known here: action, user, role"),
        ("[fields.people.X]\naction = 'skip'", "fields.people", "contact, company, conversation"),
        ("[fields]\ncontact = 1", "fields.contact", "a table of tables"),
        ("[fields.contact]\nX = 'skip'", "fields.contact.X", "a table with action"),
        ("[fields.contact.X]\naction = 'keep'", "fields.contact.X.action", '"create", "map" or "skip"'),
        ("[fields.contact.X]\naction = 'map'", "fields.contact.X.key", "existing field's key"),
        ("[fields.contact.X]\naction = 'create'\ntype = 'text'", "fields.contact.X.key", "new field's key"),
        ("[fields.contact.X]\naction = 'create'\nkey = 'x'", "fields.contact.X.type", "is missing"),
        ("[fields.contact.X]\naction = 'create'\nkey = 'x'\ntype = 'list'", "fields.contact.X.type", "single_select"),
        ("[fields.contact.X]\naction = 'create'\nkey = 'X'\ntype = 'text'", "fields.contact.X.key", "small letter"),
        ("[fields.contact.X]\naction = 'create'\nkey = '1x'\ntype = 'text'", "fields.contact.X.key", "small letter"),
        (f"[fields.contact.X]\naction = 'create'\nkey = '{'x' * 64}'\ntype = 'text'", "fields.contact.X.key", "62"),
        (
            "[fields.contact.X]\naction = 'create'\nkey = 'x'\ntype = 'number'\noptions = ['a']",
            "fields.contact.X.options",
            "leave it out",
        ),
        (
            "[fields.contact.X]\naction = 'create'\nkey = 'x'\ntype = 'single_select'",
            "fields.contact.X.options",
            "is missing",
        ),
        (
            "[fields.contact.X]\naction = 'create'\nkey = 'x'\ntype = 'multi_select'\noptions = ['a', 'a']",
            "fields.contact.X.options",
            "twice",
        ),
        (
            "[fields.contact.X]\naction = 'create'\nkey = 'x'\ntype = 'multi_select'\noptions = ['a', 3]",
            "fields.contact.X.options[1]",
            "text in quotes",
        ),
        ('[fields.contact."a.\\"b\\u0007"]\naction = 1', 'fields.contact."a.\\"b\\U00000007".action', "not 1"),
        ("[import", "", "is not valid TOML"),
    ],
)
def test_an_error_names_its_key_and_what_would_be_right(text: str, key: str, right: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_plan(text)
    assert [problem.key for problem in caught.value.errors] == [key]
    assert right in caught.value.errors[0].error


def test_no_error_stops_at_the_first() -> None:
    text = """
    other = 1
    [import]
    range = "1w"
    states = ["shut"]
    [admins.1]
    action = "match"
    [admins.2]
    actoin = "skip"
    [fields.contact.X]
    action = "create"
    [fields.conversation.Y]
    action = "create"
    key = "Y"
    type = "text"
    options = ["a"]
    """
    with pytest.raises(PlanError) as caught:
        parse_plan(text)
    assert {problem.key for problem in caught.value.errors} == {
        "other",
        "import.range",
        "import.states[0]",
        'admins."1".user',
        'admins."2".action',
        'admins."2".actoin',
        "fields.contact.X.key",
        "fields.contact.X.type",
        "fields.conversation.Y.key",
        "fields.conversation.Y.options",
    }
    assert isinstance(caught.value, UsageError)
    assert caught.value.exit_code == 2
    assert "import.range" in caught.value.advice


def test_what_an_action_does_not_need_may_stay() -> None:
    plan = parse_plan(
        "[fields.company.X]\naction = 'skip'\nkey = 'X Y'\ntype = 'text'\noptions = []\n[admins.1]\naction='invite'"
    )
    assert plan.fields.company["X"].action == "skip"
    assert plan.admins["1"].role == "agent"


def test_a_key_is_quoted_only_where_it_must_be() -> None:
    assert toml_key(("fields", "contact", "Plan Tier", "key")) == 'fields.contact."Plan Tier".key'
    assert toml_key(("admins", "814860")) == 'admins."814860"'
    assert toml_key(("import", "states", 2)) == "import.states[2]"
