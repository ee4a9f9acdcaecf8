"""What changes while the server runs: companies' scroll, files, limits, tokens, scopes, the world itself."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from ochre_tui.sandbox.truth import TruthPlan


@contextmanager
def started(**options: Any) -> Iterator[tuple[Running, httpx.Client]]:
    with running(Sandbox(**{"conversations": 60, "rate_limit": 0, **options})) as sandbox:
        headers = {"Authorization": f"Bearer {sandbox.token}", "Intercom-Version": "2.16"}
        with httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False, timeout=5) as client:
            yield sandbox, client


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["code"]


def scroll(api: httpx.Client, param: str | None = None) -> httpx.Response:
    return api.get("/companies/scroll", params={"scroll_param": param} if param else {})


# Companies


def test_the_scroll_brings_each_company_once_and_ends_empty() -> None:
    with started(conversations=900) as (sandbox, api):
        page = scroll(api).json()
        seen: list[str] = []
        while page["data"]:
            seen += [row["id"] for row in page["data"]]
            page = scroll(api, page["scroll_param"]).json()
        listed = [ident for ident in sandbox.world.company_ids() if sandbox.world.company_in_scroll(ident)]
        assert seen == listed
        assert len(listed) > 100
        assert len(listed) < len(sandbox.world.company_ids())
        assert code(scroll(api, page["scroll_param"])) == (404, "not_found")
        numbered = [row["id"] for row in api.get("/companies", params={"per_page": 60, "page": 2}).json()["data"]]
        assert numbered
        assert set(numbered) <= set(listed)


def test_only_one_scroll_is_open_and_a_minute_ends_it() -> None:
    with started() as (sandbox, api):
        first = scroll(api).json()["scroll_param"]
        assert code(scroll(api)) == (400, "scroll_exists")
        sandbox.control("clock", advance_s=59)
        assert scroll(api, first).status_code == 200
        sandbox.control("clock", advance_s=61)
        assert code(scroll(api, first)) == (404, "not_found")
        assert scroll(api).status_code == 200


# Files


def file_urls(api: httpx.Client) -> list[str]:
    body = {"query": {"field": "created_at", "operator": ">", "value": 0}, "pagination": {"per_page": 150}}
    rows = api.post("/conversations/search", json=body).json()["conversations"]
    urls: list[str] = []
    for row in rows:
        full = api.get(f"/conversations/{row['id']}").json()
        for part in [full["source"] or {}, *full["conversation_parts"]["conversation_parts"]]:
            urls += [attachment["url"] for attachment in part.get("attachments") or []]
    return urls


def test_files_are_served_by_signature_alone() -> None:
    with started(conversations=200) as (sandbox, api), httpx.Client(trust_env=False) as files:
        urls = [url for url in file_urls(api) if url.startswith(sandbox.files_url)]
        statuses = set()
        for url in urls:
            answer = files.get(url)
            statuses.add(answer.status_code)
            if answer.status_code == 200:
                assert int(answer.headers["content-length"]) == len(answer.content) > 0
                assert answer.headers["content-type"]
        assert 200 in statuses
        assert statuses <= {200, 404}
        good = next(url for url in urls if files.get(url).status_code == 200)
        head = files.head(good)
        assert (head.content, int(head.headers["content-length"])) == (b"", len(files.get(good).content))
        assert files.get(good.replace("signature=", "signature=0")).status_code == 403
        assert files.get(good.partition("?")[0]).status_code == 403
        assert files.get(good, headers={"Authorization": f"Bearer {sandbox.token}"}).status_code == 400
        assert sandbox.control("state")["files"]["bearer_leaks"] == 1
        sandbox.control("clock", advance_s=1800)
        assert files.get(good).status_code == 403
        assert files.get(next(url for url in file_urls(api) if url.partition("?")[0] == good.partition("?")[0]))


# Limits, tokens, scopes


def test_the_limit_is_kept_and_can_change() -> None:
    with started(rate_limit=5) as (sandbox, api):
        sandbox.control("clock", advance_s=10 - sandbox.site.clock.now() % 10 + 0.01)
        answers = [api.get("/me") for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
        assert code(answers[-1]) == (429, "rate_limit_exceeded")
        assert answers[-1].headers["x-ratelimit-remaining"] == "0"
        assert "retry-after" not in answers[-1].headers
        sandbox.control("limit", limit=83)
        assert api.get("/me").headers["x-ratelimit-limit"] == "83"
        sandbox.control("clock", advance_s=10)
        assert api.get("/me").headers["x-ratelimit-remaining"] == "82"
        assert list(sandbox.control("state")["windows"]["refused"].values()) == [2]


def test_a_revoked_token_is_dead_and_a_new_one_is_good() -> None:
    with started() as (sandbox, api):
        sandbox.control("revoke", token="dG9rOmFub3RoZXI=")
        assert code(api.get("/me")) == (401, "token_revoked")
        assert api.get("/me", headers={"Authorization": "Bearer dG9rOmFub3RoZXI="}).status_code == 200


def test_a_missing_scope_is_named_on_newer_endpoints_only() -> None:
    with started() as (sandbox, api):
        sandbox.control("scopes", missing=["read_conversations"])
        assert code(api.get("/conversations")) == (401, "token_unauthorized")
        macros = api.get("/macros")
        assert code(macros) == (403, "forbidden")
        assert "read_conversations" in macros.json()["errors"][0]["message"]
        assert api.get("/me").status_code == 200
        assert api.get("/contacts").status_code == 200
        with pytest.raises(Exception, match="400"):
            sandbox.control("scopes", missing=["everything"])


# Changes of the world


def test_changes_show_at_once() -> None:
    with started() as (sandbox, api):
        index = sandbox.world.conversation_index()
        ident = index[-1].id
        before = api.get(f"/conversations/{ident}").json()
        sandbox.control("changes", changes=[{"change": "add_part", "id": ident, "kind": "comment"}])
        after = api.get(f"/conversations/{ident}").json()
        assert after["conversation_parts"]["total_count"] == before["conversation_parts"]["total_count"] + 1
        assert after["updated_at"] > before["updated_at"]
        body = {"query": {"field": "updated_at", "operator": ">", "value": after["updated_at"] - 1}}
        assert [row["id"] for row in api.post("/conversations/search", json=body).json()["conversations"]] == [ident]


def test_conversations_come_close_and_go() -> None:
    with started() as (sandbox, api):
        total = len(sandbox.world.conversation_index())
        sandbox.control("changes", changes=[{"change": "new_conversation"}])
        newest = api.get("/conversations", params={"per_page": 1}).json()
        assert newest["total_count"] == total + 1
        ident = newest["conversations"][0]["id"]
        state = "open" if newest["conversations"][0]["state"] == "closed" else "closed"
        sandbox.control("changes", changes=[{"change": "set_state", "id": ident, "state": state}])
        assert api.get(f"/conversations/{ident}").json()["state"] == state
        gone = sandbox.control("changes", changes=[{"change": "delete_conversation", "id": ident}])
        assert len(gone["results"]) == 1
        assert code(api.get(f"/conversations/{ident}")) == (404, "not_found")
        assert api.get("/conversations/deleted").json()["conversations"][0]["id"] == ident


def test_contacts_merge_while_they_are_listed() -> None:
    with started(conversations=200) as (sandbox, api):
        first = api.get("/contacts", params={"per_page": 5}).json()
        loser = first["data"][-1]["id"]
        winner = first["data"][0]["id"]
        sandbox.control("changes", changes=[{"change": "merge_contacts", "loser": loser, "winner": winner}])
        assert code(api.get(f"/contacts/{loser}")) == (410, "contact_merged")
        cursor = first["pages"]["next"]["starting_after"]
        rest = api.get("/contacts", params={"per_page": 150, "starting_after": cursor}).json()["data"]
        ids = list(sandbox.world.contact_ids())[::-1]
        assert [row["id"] for row in rest[:10]] == ids[4:14]


def test_an_unknown_change_is_refused() -> None:
    with started() as (sandbox, _):
        for wrong in ({"change": "explode"}, {"change": "add_part"}, {}):
            with pytest.raises(Exception, match="400"):
                sandbox.control("changes", changes=[wrong])


def test_the_truth_follows_the_changes() -> None:
    with started() as (sandbox, _):
        plan = TruthPlan.default(sandbox.world, [("ana@example.com", "Ana", "owner")]).as_json()
        before = sandbox.control("truth", **plan)
        ident = sandbox.world.conversation_index()[0].id
        sandbox.control("changes", changes=[{"change": "delete_conversation", "id": ident}])
        after = sandbox.control("truth", **plan)
        assert {row["intercom_id"] for row in before["conversations.jsonl"]} == {
            ident,
            *(row["intercom_id"] for row in after["conversations.jsonl"]),
        }


def test_a_nasty_world_can_be_read_to_the_end() -> None:
    with started(conversations=420, nasty=True, seed=7) as (sandbox, api):
        for row in sandbox.world.conversation_index():
            shown = api.get(f"/conversations/{row.id}").json()
            assert shown == {**shown, "id": row.id, "created_at": row.created_at}
        seen = 0
        page = api.get("/contacts", params={"per_page": 150}).json()
        while True:
            seen += len(page["data"])
            if "next" not in page["pages"]:
                break
            cursor = page["pages"]["next"]["starting_after"]
            page = api.get("/contacts", params={"per_page": 150, "starting_after": cursor}).json()
        assert seen == len(sandbox.world.contact_ids())


# The command


def test_an_interrupt_ends_the_command_in_order() -> None:
    command = [sys.executable, "-m", "ochre_tui", "sandbox", "--conversations", "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        shown = [process.stdout.readline() for _ in range(12)]
        assert any("export OCHRE_TUI_INTERCOM_URL=http://127.0.0.1:" in line for line in shown)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert process.stderr.read() == ""


def test_the_command_says_where_it_listens_and_ends_with_its_parent() -> None:
    command = [sys.executable, "-m", "ochre_tui", "sandbox", "--json", "--until-stdin-closes", "--conversations", "20"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        line = json.loads(process.stdout.readline())
        assert line.keys() == {"url", "files_url", "token", "attachment_hosts"}
        assert line["files_url"] == f"http://{line['attachment_hosts']}"
        headers = {"Authorization": f"Bearer {line['token']}"}
        assert httpx.get(f"{line['url']}/me", headers=headers, trust_env=False).status_code == 200
        process.stdin.close()
        assert process.wait(timeout=20) == 0
