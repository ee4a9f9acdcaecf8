"""Everything that reads what others wrote, fed with what nobody expects: at worst it refuses in words.

`make fuzz` feeds each reader for ten minutes (FUZZ_SECONDS says otherwise); a test run only makes sure that it works.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from ochre_tui.core.errors import OchreTuiError, RecordError
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.json_codec import BadBodyError, parse
from ochre_tui.intercom.links import ContactLink, ConversationLink, recognise
from ochre_tui.intercom.models import Admin, Company, Contact, Conversation, DataAttribute, Macro, Tag, Team
from ochre_tui.migration.convert import convert_conversation, people_of, staff_of
from ochre_tui.migration.convert.bodies import read_body
from ochre_tui.migration.mapping.csv_file import read_admins, read_fields
from ochre_tui.migration.plan.file import parse_document, plan_text, set_value, split_setting
from ochre_tui.migration.plan.model import parse_plan
from ochre_tui.ochre.embedded.administration import import_csv
from ochre_tui.ochre.embedded.workspace import open_workspace
from tests.support.html_attacks import attacks
from tests.support.html_judge import judged
from tests.support.lookups import LOOKUPS
from tests.support.odd_json import CONVERSATION, OBJECTS
from tests.support.sheets import admins, fields

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
_EXAMPLES = 25 if not SECONDS else 1_000

ANYTHING = st.text(st.characters(), max_size=200)
_TOML_WORDS = """
import range states channels contacts attachments admins fields contact company conversation action match create key
type options user role "all" "2y" [ ] { } = . , " ' \x00 \ud800 2024-01-01 1e999 -0 true #
"""
_CELL_WORDS = """id action 1 match skip scope name contact a email role agent " | \\| '= , ; """
_LINK_WORDS = """
https:// http:// app.intercom.com app.eu.intercom.com /a/inbox/ /a/apps/ /_/ conversation / 215 # part_id= comment-215-3
? %2F %00 .. @ [ ] : users
"""
_HTML_WORDS = """< > " ' & <p> </p> <pre> <a href= <img src= alt= <!-- --> <svg> <table>"""


def _mixed(words: str, *more: str) -> st.SearchStrategy[str]:
    """Texts of such words, white space, what belongs in no text, and anything."""
    odd = ["\n", "\r\n", "\t", " ", "\x00", "\ufeff", "\u202e", *more]
    return st.lists(st.sampled_from([*words.split(), *odd]) | ANYTHING, max_size=30).map("".join)


_TOML, _CSV, _LINK = _mixed(_TOML_WORDS), _mixed(_CELL_WORDS), _mixed(_LINK_WORDS)
_HTML = st.lists(st.sampled_from([*attacks(), *_HTML_WORDS.split(), "\x00"]) | ANYTHING, max_size=6).map("".join)


def models(tree: dict[str, Any]) -> None:
    reads = [model.read for model in (Admin, Company, Contact, Conversation, Macro, Tag, Team)]
    for read in (*reads, lambda raw: DataAttribute.read(raw, "contact")):
        try:
            read(tree)
        except RecordError:
            continue


def converter(tree: dict[str, Any]) -> None:
    try:
        source = Conversation.read({"id": "215", **tree})
        people_of(source)
        staff_of(source)
        convert_conversation(source, LOOKUPS)
    except RecordError:
        return


def bodies(text: str) -> None:
    assert judged(text) == []
    read_body(text, FileHosts()).html(dict.fromkeys((file.path for file in read_body(text, FileHosts()).files), "a"))


def links(text: str) -> None:
    assert isinstance(recognise(text), ConversationLink | ContactLink | None)


def wire(raw: bytes) -> None:
    try:
        parse(raw)
    except BadBodyError:
        return


def plan(text: str) -> None:
    try:
        found = parse_plan(text)
    except OchreTuiError:
        return
    assert parse_plan(plan_text(found)) == found


def settings_of_a_plan(text: str) -> None:
    document = parse_document(plan_text(parse_plan("")))
    try:
        set_value(document, *split_setting(text))
        parse_plan(document.as_string())
    except OchreTuiError:
        return


def sheets(text: str) -> None:
    for read in (lambda: read_admins(admins("a", "b"), text), lambda: read_fields(fields("a"), text)):
        try:
            read()
        except OchreTuiError:
            continue


_TARGETS: dict[str, tuple[Callable[[Any], None], st.SearchStrategy[Any]]] = {
    "models": (models, OBJECTS),
    "converter": (converter, CONVERSATION),
    "bodies": (bodies, _HTML),
    "links": (links, _LINK),
    "wire": (wire, st.binary(max_size=200) | ANYTHING.map(lambda text: text.encode("utf-8", "surrogatepass"))),
    "plan": (plan, _TOML),
    "plan --set": (settings_of_a_plan, st.tuples(_TOML, _TOML).map("=".join) | _TOML),
    "mapping CSV": (sheets, _CSV),
}


@pytest.mark.parametrize("name", _TARGETS)
def test_reader(name: str) -> None:
    target, strategy = _TARGETS[name]
    assert _fed(target, strategy) > 0


def test_team_csv(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "workspace", "acme", "Acme")
    file = tmp_path / "team.csv"

    def team(text: str) -> None:
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            import_csv(workspace, file)
        except OchreTuiError:
            return

    try:
        assert _fed(team, _CSV.map(lambda text: "email,name,role\n" + text)) > 0
    finally:
        workspace.close()


def _fed(target: Callable[[Any], None], strategy: st.SearchStrategy[Any]) -> int:
    """Feed the reader for its time; how many inputs it has read or refused in words."""
    end = time.monotonic() + SECONDS
    number = fed = 0

    def feed(value: Any) -> None:
        nonlocal fed
        target(value)
        fed += 1

    while number == 0 or time.monotonic() < end:
        profile = settings(
            max_examples=_EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        )
        seed(number)(profile(given(strategy)(lambda value: feed(value))))()
        number += 1
    return fed
