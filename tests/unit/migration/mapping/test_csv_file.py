"""CSV out and in: nothing is lost on the way, nothing is a formula, bad lines are named."""

from __future__ import annotations

import csv
import re
import stat
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.core.errors import OchreTuiError, UsageError
from ochre_tui.core.text_file import read_csv_text
from ochre_tui.migration.mapping.csv_file import (
    admins_csv,
    fields_csv,
    join_options,
    read_admins,
    read_fields,
    split_options,
    write_file,
)
from ochre_tui.migration.plan.model import AdminEntry, FieldEntry
from tests.support.sheets import admins, fields

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
OPTION_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline="")))


@given(TEXTS, st.sampled_from(["match", "invite", "skip", None]))
def test_admins_come_back_as_they_went(name: str, action: str | None) -> None:
    entries = {
        "match": AdminEntry(action="match", user="ana@example.com"),
        "invite": AdminEntry(action="invite", role="light_agent"),
        "skip": AdminEntry(action="skip"),
    }
    decided = {"1": entries[action]} if action else {}
    assert read_admins(admins("x"), admins_csv(admins(name, entries=decided))) == decided


@given(TEXTS.filter(bool), st.lists(OPTION_TEXTS, min_size=1, max_size=4, unique=True))
def test_attributes_come_back_as_they_went(name: str, options: list[str]) -> None:
    entry = FieldEntry(action="create", key="k", type="single_select", options=tuple(options))
    sheet = fields(name, entries={name: entry})
    assert read_fields(sheet, fields_csv(sheet)) == {("contact", name): entry}


@given(st.lists(OPTION_TEXTS, max_size=5))
def test_options_in_one_line_come_back(options: list[str]) -> None:
    assert split_options(join_options(options)) == tuple(options)


@given(TEXTS)
def test_no_cell_is_a_formula(name: str) -> None:
    for row in cells(admins_csv(admins(name)))[1:]:
        assert not any(re.match(r"[=+\-@\t\r＝＋－＠]", cell) for cell in row)


def test_a_formula_is_named_by_an_apostrophe() -> None:
    assert cells(admins_csv(admins('=HYPERLINK("x")')))[1][1] == '\'=HYPERLINK("x")'


def test_a_spreadsheet_may_write_semicolons_a_mark_and_other_columns() -> None:
    text = "\ufeffACTION;Note;id;user\r\nmatch;hello;1;ana@example.com\r\n;undecided;2;\r\n\r\n"
    assert read_admins(admins("a", "b"), text.removeprefix("\ufeff")) == {
        "1": AdminEntry(action="match", user="ana@example.com")
    }


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "the file is empty"),
        ("name,action\n", "line 1: the header has no id"),
        ("id,action\n1\n", "line 2: 1 values where 2 belong"),
        ("id,action\n7,skip\n", "line 2: no admin has the id 7"),
        ("id,action\n1,skip\n1,skip\n", "line 3: is there twice"),
        ("id,action\n1,delete\n", "line 2: action must be 'match', 'invite' or 'skip'"),
        ("id,action\n1,match\n", "line 2: user is missing"),
        ("id,action,role\n1,invite,owner\n", "line 2: role must be 'admin', 'agent' or 'light_agent'"),
        ('id,action\n"1,skip\n', "line 2: unexpected end of data"),
    ],
)
def test_bad_lines_are_named_and_nothing_counts(text: str, wrong: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_admins(admins("a"), text)
    assert wrong in caught.value.title
    assert caught.value.meaning == "No decision was changed."


def test_a_hundred_bad_lines_are_told_in_short() -> None:
    with pytest.raises(UsageError, match="and 80 more"):
        read_admins(admins("a"), "id,action\n" + "7,skip\n" * 100)


def test_unknown_attributes_and_bad_types_are_named() -> None:
    text = "scope,name,action,key,type\ncontact,B,skip,,\ncontact,A,create,Key,colour\n"
    with pytest.raises(UsageError) as caught:
        read_fields(fields("A"), text)
    assert "line 2: there is no contact attribute B" in caught.value.title
    assert "line 3: type must be" in caught.value.title


def test_files_are_private_and_errors_are_told(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_file(path, "id\r\n")
    assert path.read_bytes() == b"id\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(OchreTuiError, match="can't be written"):
        write_file(tmp_path / "none" / "out.csv", "")
    with pytest.raises(UsageError, match="can't be read"):
        read_csv_text(tmp_path / "none.csv")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_csv_text(path)
    path.write_bytes(b"\xef\xbb\xbfid")
    assert read_csv_text(path) == "id"
