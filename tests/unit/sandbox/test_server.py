"""The running server over real HTTP: who is let in, what comes back, and how lists are walked."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running

CONVERSATIONS = 260


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=CONVERSATIONS, seed=2, rate_limit=0)) as started:
        yield started


@pytest.fixture(scope="module")
def api(sandbox: Running) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {sandbox.token}", "Accept": "application/json", "Intercom-Version": "2.16"}
    with httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False) as client:
        yield client


def code(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert body["type"] == "error.list"
    assert body["request_id"]
    return response.status_code, body["errors"][0]["code"]


def everything(api: httpx.Client, path: str, query: Any, **options: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    pagination: dict[str, Any] = {"per_page": 40}
    while True:
        page = api.post(path, json={"query": query, "pagination": pagination, **options}).json()
        rows += page[path.split("/")[1]]
        following = page["pages"].get("next")
        if not following:
            assert len(rows) == page["total_count"]
            return rows
        pagination["starting_after"] = following["starting_after"]


MATCH_ALL = {"field": "created_at", "operator": ">", "value": 0}


# Who is let in


def test_the_token_has_the_form_of_intercoms(sandbox: Running) -> None:
    assert sandbox.token.startswith("dG9r")
    assert base64.b64decode(sandbox.token).startswith(b"tok:")


def test_who_is_not_let_in(sandbox: Running) -> None:
    with httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        assert code(client.get("/me")) == (401, "missing_authorization")
        wrong = client.get("/me", headers={"Authorization": "Bearer dG9rOnNvbWUgb3RoZXI="})
    assert code(wrong) == (401, "unauthorized")
    assert "x-ratelimit-limit" not in wrong.headers
    assert "date" in wrong.headers


def test_me_names_the_workspace(api: httpx.Client) -> None:
    me = api.get("/me").json()
    assert me["type"] == "admin"
    assert {"id_code", "name", "region", "timezone"} <= me["app"].keys()


@pytest.mark.parametrize(
    ("path", "version", "expected"),
    [
        ("/me", "1.0", (400, "intercom_version_invalid")),
        ("/me", "newest", (400, "intercom_version_invalid")),
        ("/macros", "2.14", (400, "intercom_version_invalid")),
        ("/conversations/deleted", "2.15", (400, "intercom_version_invalid")),
        ("/nowhere", "2.16", (404, "not_found")),
        ("/conversations/1", "2.16", (404, "not_found")),
        ("/conversations/abc", "2.16", (404, "not_found")),
        ("/contacts/000000000000000000000000", "2.16", (404, "not_found")),
        ("/data_attributes?model=conversation", "2.16", (422, "parameter_invalid")),
        ("/companies?per_page=61", "2.16", (400, "parameter_invalid")),
        ("/companies?page=201&per_page=50", "2.16", (400, "bad_request")),
        ("/contacts?per_page=151", "2.16", (400, "parameter_invalid")),
        ("/contacts?starting_after=rubbish", "2.16", (400, "parameter_invalid")),
    ],
)
def test_errors_come_in_the_envelope(api: httpx.Client, path: str, version: str, expected: tuple[int, str]) -> None:
    assert code(api.get(path, headers={"Intercom-Version": version})) == expected


def test_only_json_can_be_asked_for(api: httpx.Client) -> None:
    assert code(api.get("/me", headers={"Accept": "text/html"})) == (406, "media_type_not_acceptable")


def test_a_body_that_is_no_json_is_refused(api: httpx.Client) -> None:
    assert code(api.post("/conversations/search", content=b"{")) == (400, "bad_request")
    assert code(api.post("/conversations/search", content=b"[]")) == (400, "bad_request")


def test_rate_headers_are_on_every_authenticated_answer(api: httpx.Client) -> None:
    for path in ("/me", "/nowhere", "/conversations/1"):
        headers = api.get(path).headers
        assert int(headers["x-ratelimit-limit"]) == 1_000_000
        assert 0 < int(headers["x-ratelimit-remaining"]) < 1_000_000
        assert int(headers["x-ratelimit-reset"]) % 10 == 0


# Conversations


def test_search_finds_every_conversation_once_in_order(sandbox: Running, api: httpx.Client) -> None:
    sort = {"field": "created_at", "order": "ascending"}
    rows = everything(api, "/conversations/search", MATCH_ALL, sort=sort)
    assert [row["id"] for row in rows] == [row.id for row in sandbox.world.conversation_index()]
    assert "conversation_parts" not in rows[0]


def test_the_match_all_query_and_descending_update_order(sandbox: Running, api: httpx.Client) -> None:
    flags = [{"field": "open", "operator": "=", "value": value} for value in (True, False)]
    rows = everything(api, "/conversations/search", {"operator": "OR", "value": flags})
    assert sorted(row["id"] for row in rows) == sorted(row.id for row in sandbox.world.conversation_index())
    order = [(row["updated_at"], int(row["id"])) for row in rows]
    assert order == sorted(order, reverse=True)


def test_a_window_holds_exactly_its_seconds(sandbox: Running, api: httpx.Client) -> None:
    index = sandbox.world.conversation_index()
    low, high = index[50].created_at, index[90].created_at
    window = [
        {"field": "created_at", "operator": ">", "value": low - 1},
        {"field": "created_at", "operator": "<", "value": str(high)},
    ]
    rows = everything(api, "/conversations/search", {"operator": "AND", "value": window})
    assert {row["id"] for row in rows} == {row.id for row in index if low <= row.created_at < high}


@pytest.mark.parametrize("field", ["state", "source.type", "tag_ids", "contact_ids", "admin_assignee_id", "id"])
def test_index_fields_are_searchable(sandbox: Running, api: httpx.Client, field: str) -> None:
    def value(row: Any) -> Any:
        named = {"source.type": row.source_type, "id": int(row.id), "tag_ids": row.tag_ids}
        named |= {"contact_ids": row.contact_ids, "state": row.state, "admin_assignee_id": row.admin_assignee_id}
        return named[field]

    index = sandbox.world.conversation_index()
    example = next(value(row) for row in index if value(row))
    wanted = example[0] if isinstance(example, list | tuple) else example
    found = everything(api, "/conversations/search", {"field": field, "operator": "=", "value": wanted})

    def matches(row: Any) -> bool:
        seen = value(row)
        return wanted in seen if isinstance(seen, list | tuple) else seen == wanted

    assert {row["id"] for row in found} == {row.id for row in index if matches(row)}


def test_fields_beyond_the_index_are_searchable(sandbox: Running, api: httpx.Client) -> None:
    query = {"field": "source.author.type", "operator": "=", "value": "admin"}
    found = {row["id"] for row in everything(api, "/conversations/search", query)}
    expected = set()
    for row in sandbox.world.conversation_index():
        source = (sandbox.world.conversation(row.id) or {}).get("source")
        if source and source["author"] and source["author"]["type"] == "admin":
            expected.add(row.id)
    assert found == expected


def test_the_cursor_belongs_in_the_body(api: httpx.Client) -> None:
    body = {"query": MATCH_ALL, "pagination": {"per_page": 5}}
    first = api.post("/conversations/search", json=body).json()
    cursor = first["pages"]["next"]["starting_after"]
    again = api.post("/conversations/search", params={"starting_after": cursor}, json=body).json()
    assert again["conversations"] == first["conversations"]


def test_the_list_is_newest_updated_first(sandbox: Running, api: httpx.Client) -> None:
    seen: list[str] = []
    params: dict[str, str] = {"per_page": "100"}
    while True:
        page = api.get("/conversations", params=params).json()
        seen += [row["id"] for row in page["conversations"]]
        if not page["pages"].get("next"):
            break
        params["starting_after"] = page["pages"]["next"]["starting_after"]
    order = sorted(sandbox.world.conversation_index(), key=lambda row: (row.updated_at, int(row.id)), reverse=True)
    assert seen == [row.id for row in order]
    assert page["pages"]["per_page"] == "100"


def test_a_single_conversation_has_its_newest_500_parts(sandbox: Running, api: httpx.Client) -> None:
    longest = max(sandbox.world.conversation_index(), key=lambda row: row.part_count)
    full = sandbox.world.conversation(longest.id)
    assert full is not None
    every = full["conversation_parts"]["conversation_parts"]
    assert len(every) > 500
    got = api.get(f"/conversations/{longest.id}").json()["conversation_parts"]
    assert got["total_count"] == len(every)
    assert [part["id"] for part in got["conversation_parts"]] == [part["id"] for part in every[-500:]]
    query = {"field": "statistics.count_conversation_parts", "operator": ">", "value": 500}
    assert longest.id in {row["id"] for row in everything(api, "/conversations/search", query)}


def test_plaintext_loses_the_markup(sandbox: Running, api: httpx.Client) -> None:
    for row in sandbox.world.conversation_index():
        html = api.get(f"/conversations/{row.id}").json()
        if html["source"] and "<p" in (html["source"]["body"] or ""):
            plain = api.get(f"/conversations/{row.id}", params={"display_as": "plaintext"}).json()
            assert "<" not in plain["source"]["body"]
            return
    pytest.fail("no conversation has a paragraph")


# Contacts


def test_contacts_are_listed_newest_first_and_once(sandbox: Running, api: httpx.Client) -> None:
    seen: list[str] = []
    params: dict[str, Any] = {"per_page": 40, "include_merge_history": "true"}
    while True:
        page = api.get("/contacts", params=params).json()
        seen += [row["id"] for row in page["data"]]
        for row in page["data"]:
            for name in ("tags", "companies", "notes"):
                assert len(row[name]["data"]) == min(10, row[name]["total_count"])
                assert row[name]["has_more"] is (row[name]["total_count"] > 10)
        if not page["pages"].get("next"):
            break
        params["starting_after"] = page["pages"]["next"]["starting_after"]
    assert seen == list(sandbox.world.contact_ids())[::-1]
    assert page["total_count"] == len(seen)


@pytest.mark.parametrize("name", ["tags", "companies", "notes"])
def test_sub_lists_hold_what_the_contact_has_no_room_for(sandbox: Running, api: httpx.Client, name: str) -> None:
    contacts = [sandbox.world.contact(ident) for ident in sandbox.world.contact_ids()]
    full = next(contact for contact in contacts if contact and len(contact[name]["data"]) > 10)
    shown = api.get(f"/contacts/{full['id']}").json()[name]
    assert shown["has_more"] is True
    whole = api.get(shown["url"]).json()["data"]
    assert [row["id"] for row in whole] == [str(row["id"]) for row in full[name]["data"]]


def test_sub_lists_go_on_at_an_absolute_address(sandbox: Running, api: httpx.Client) -> None:
    contacts = [sandbox.world.contact(ident) for ident in sandbox.world.contact_ids()]
    full = next(contact for contact in contacts if contact and len(contact["companies"]["data"]) > 10)
    first = api.get(f"/contacts/{full['id']}/companies", params={"per_page": 6}).json()
    split = urlsplit(first["pages"]["next"])
    assert split.hostname == "api.intercom.io"
    second = api.get(split.path, params=dict(parse_qsl(split.query))).json()
    seen = [row["id"] for row in first["data"] + second["data"]]
    assert seen == [str(row["id"]) for row in full["companies"]["data"][:12]]


def test_a_merged_contact_points_to_its_survivor(sandbox: Running, api: httpx.Client) -> None:
    contacts = [sandbox.world.contact(ident) for ident in sandbox.world.contact_ids()]
    survivor = next(contact for contact in contacts if contact and contact["merge_history"])
    loser = survivor["merge_history"][0]["source_contact_id"]
    response = api.get(f"/contacts/{loser}")
    assert code(response) == (410, "contact_merged")
    assert response.headers["link"] == f'</contacts/{survivor["id"]}>; rel="canonical"'
    assert code(api.get(f"/contacts/{loser}", headers={"Intercom-Version": "2.15"})) == (404, "not_found")


def test_contact_search_by_whole_days(sandbox: Running, api: httpx.Client) -> None:
    contacts = [sandbox.world.contact(ident) for ident in sandbox.world.contact_ids()]
    example = next(contact for contact in contacts if contact and contact["role"] == "user" and contact["email"])
    query = {"field": "email", "operator": "=", "value": example["email"]}
    found = api.post("/contacts/search", json={"query": query}).json()
    assert example["id"] in {row["id"] for row in found["data"]}
    day = {"field": "created_at", "operator": "=", "value": example["created_at"] + 1}
    assert example["id"] in {row["id"] for row in api.post("/contacts/search", json={"query": day}).json()["data"]}
    worse = {"field": "created_at", "operator": ">=", "value": 1}
    assert code(api.post("/contacts/search", json={"query": worse})) == (400, "parameter_invalid")


def test_find_by_external_id_finds_users_only(sandbox: Running, api: httpx.Client) -> None:
    contacts = [sandbox.world.contact(ident) for ident in sandbox.world.contact_ids()]
    users = [contact for contact in contacts if contact and contact["role"] == "user" and contact["external_id"]]
    found = api.get(f"/contacts/find_by_external_id/{users[0]['external_id']}").json()
    assert (found["external_id"], found["role"]) == (users[0]["external_id"], "user")
    assert code(api.get("/contacts/find_by_external_id/nobody")) == (404, "not_found")


# The rest of the workspace


def test_macros_are_paged_newest_updated_first(sandbox: Running, api: httpx.Client) -> None:
    seen: list[dict[str, Any]] = []
    params: dict[str, Any] = {"per_page": 3}
    while True:
        page = api.get("/macros", params=params).json()
        seen += page["data"]
        if page["pages"]["next"] is None:
            break
        params["starting_after"] = page["pages"]["next"]["starting_after"]
    assert sorted(macro["id"] for macro in seen) == sorted(macro["id"] for macro in sandbox.world.macros())
    assert [macro["updated_at"] for macro in seen] == sorted((macro["updated_at"] for macro in seen), reverse=True)


def test_archived_attributes_come_on_request(api: httpx.Client) -> None:
    for path in ("/data_attributes?model=contact", "/data_attributes?model=company", "/conversations/attributes?"):
        without = api.get(path).json()["data"]
        with_archived = api.get(f"{path}&include_archived=true").json()["data"]
        assert not any(one["archived"] for one in without)
        assert len(with_archived) > len(without)


def test_conversation_attributes_of_older_versions(api: httpx.Client) -> None:
    headers = {"Intercom-Version": "2.15"}
    older = api.get("/data_attributes?model=conversation&include_archived=true", headers=headers).json()["data"]
    newer = api.get("/conversations/attributes?include_archived=true").json()["data"]
    assert [one["name"] for one in older] == [one["name"] for one in newer]
    assert {one["model"] for one in older} == {"conversation"}
    assert not {one["data_type"] for one in older} & {"list", "decimal", "datetime", "relationship", "files"}


def test_tickets_are_conversations_and_some_are_tickets_only(sandbox: Running, api: httpx.Client) -> None:
    flags = [{"field": "open", "operator": "=", "value": value} for value in (True, False)]
    found = {row["id"] for row in everything(api, "/tickets/search", {"operator": "OR", "value": flags})}
    conversations = {row.id for row in sandbox.world.conversation_index() if row.is_ticket}
    hidden = {str(ticket["id"]) for ticket in sandbox.world.tickets_only()}
    assert hidden
    assert found == conversations | hidden
    ident = next(iter(conversations))
    assert api.get(f"/tickets/{ident}").json()["id"] == api.get(f"/conversations/{ident}").json()["id"]
    assert code(api.get(f"/conversations/{next(iter(hidden))}")) == (404, "not_found")


def test_what_stays_behind_can_be_counted(api: httpx.Client) -> None:
    for path in ("/articles", "/internal_articles", "/help_center/collections", "/news/news_items", "/calls"):
        page = api.get(path, params={"per_page": 1}).json()
        assert page["total_count"] >= len(page["data"]) > 0
    for path in ("/help_center/help_centers", "/brands", "/emails", "/ticket_states", "/segments", "/ticket_types"):
        body = api.get(path).json()
        assert body.get("data") or body.get("segments")
