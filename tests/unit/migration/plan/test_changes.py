import pytest

from ochre_tui.migration.plan.changes import changes
from ochre_tui.migration.plan.model import parse_plan

OLD = """
[admins.1]
action = "match"
user = "ana@example.com"
[fields.contact.Tier]
action = "create"
key = "tier"
type = "text"
"""


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (OLD, []),
        ("[import]\nstates = ['snoozed', 'closed', 'open']" + OLD, []),
        ("[import]\nrange = '2y'" + OLD, [("import.range", "run")]),
        ("[import]\nstates = ['open']\nchannels = ['email']" + OLD,
         [("import.states", "run"), ("import.channels", "run")]),
        ("[import]\nexclude_closed_older_than_days = 9" + OLD, [("import.exclude_closed_older_than_days", "run")]),
        ("[import]\ncontacts = 'with-conversations'\nsaved_replies = false" + OLD,
         [("import.contacts", "run"), ("import.saved_replies", "run")]),
        ("[import]\nattachments = false" + OLD, [("import.attachments", "run")]),
        (OLD.replace("match", "skip"), [('admins."1"', "resync attribution")]),
        (OLD + "[admins.2]\naction = 'skip'", []),
        (OLD + "[admins.2]\naction = 'invite'", [('admins."2"', "resync attribution")]),
        (OLD.replace("ana@", " ANA@").replace('[fields', 'role = "admin"\n[fields'), []),
        (OLD.replace('"text"', '"number"'), [("fields.contact.Tier", "resync fields")]),
        (OLD + "[fields.conversation.Beta]\naction = 'skip'", [("fields.conversation.Beta", "resync fields")]),
        ("", [('admins."1"', "resync attribution"), ("fields.contact.Tier", "resync fields")]),
    ],
)  # fmt: skip
def test_what_a_change_affects(new: str, expected: list[tuple[str, str]]) -> None:
    found = changes(parse_plan(OLD), parse_plan(new))
    assert [(change.key, change.command) for change in found] == expected
    assert all(change.affects for change in found)


def test_files_that_are_wanted_after_all_are_fetched() -> None:
    without = parse_plan("[import]\nattachments = false\ninline_images = false")
    found = changes(without, parse_plan(""))
    assert [(change.key, change.command) for change in found] == [
        ("import.attachments", "run"),
        ("import.inline_images", "run"),
    ]
