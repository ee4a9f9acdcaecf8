"""What the import API answers: to whom, how much, and what about bad input."""

from __future__ import annotations

import hashlib
import json
import socket
import sqlite3
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from jsonschema import Draft202012Validator

from ochre_tui.ochre.records import Role
from ochre_tui.server.import_api.limits import Limits
from ochre_tui.server.import_api.models import MOST_RECORDS
from tests.support.served_workspace import PATIENCE_S, Served, served

USER = {"id": "usr_1", "email": "ana@team.example", "name": "Ana", "role": "agent", "state": "invited"}
TAG = {"id": "tag_1", "name": "bug", "intercom_ids": ["7"]}
CUSTOMER: dict[str, Any] = {
    "id": "cus_1",
    "name": "Zoë",
    "email": "zoe@acme.example",
    "email_aliases": [],
    "phone": None,
    "external_ids": [],
    "intercom_ids": ["c1"],
    "can_sign_in": True,
    "placeholder": False,
    "company_ids": [],
    "tags": [],
    "custom_fields": {},
    "unmapped": {"deep": [1, 1.5, None, {"a": True}]},
    "created_at": 1_700_000_000,
    "updated_at": None,
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("shared") / "workspace", limits=Limits(batch_bytes=100_000)) as server:
        yield server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path / "workspace") as running:
        yield running


def batch(*items: tuple[str, dict[str, Any]], run: int = 1) -> dict[str, Any]:
    return {"run": run, "records": [{"kind": kind, "record": record} for kind, record in items]}


def outcomes(answer: httpx.Response) -> list[str]:
    return [result["outcome"] for result in answer.json()["results"]]


def test_capabilities_say_what_the_server_is(shared: Served) -> None:
    with shared.client() as client:
        told = client.get("/capabilities").json()
    assert (told["contract"], told["version"], told["role"]) == ("ochre-import", "1.0", "admin")
    assert told["workspace"]["slug"] == "acme"
    assert told["workspace"]["id"].startswith("wsp_")
    assert told["back_dated"] is True
    assert not any(told["sets_off"].values())


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer nonsense", "Basic YTpi", "Bearer \xff"])
def test_without_a_known_token_nothing_is_told(shared: Served, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    answer = httpx.get(f"{shared.api}/capabilities", headers=headers, trust_env=False)  # type: ignore[arg-type]  # as sent
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "unauthorized"


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("admin", 200), ("agent", 403), ("light_agent", 403)])
def test_importing_takes_an_owner_or_admin(shared: Served, role: Role, status: int) -> None:
    with shared.client(shared.new_token(role)) as client:
        assert client.get("/capabilities").status_code == status
        assert client.post("/batches", json=batch()).status_code == status


def test_tokens_are_kept_as_hashes(server: Served) -> None:
    with server.client() as client:
        assert client.get("/capabilities").status_code == 200
    secret = server.token.unwrap().encode()
    assert all(secret not in path.read_bytes() for path in server.folder.glob("workspace.db*"))


def test_a_batch_is_idempotent_by_id_and_run(server: Served) -> None:
    with server.client() as client:
        first = batch(("customer", CUSTOMER), ("tag", TAG))
        assert outcomes(client.post("/batches", json=first)) == ["created", "created"]
        assert outcomes(client.post("/batches", json=first)) == ["created", "created"]
        assert outcomes(client.post("/batches", json={**first, "run": 2})) == ["unchanged", "unchanged"]
        changed = batch(("customer", {**CUSTOMER, "name": "Zoe"}), run=3)
        assert outcomes(client.post("/batches", json=changed)) == ["changed"]
        assert client.get("/customers/cus_1").json() == {**CUSTOMER, "name": "Zoe", "notes": []}
        assert client.get("/aliases/intercom_contact/c1").json() == {"id": "cus_1"}
        assert client.get("/customer-search", params={"q": "zoe"}).json()["customers"][0]["id"] == "cus_1"


def test_bad_records_are_named_and_nothing_is_written(server: Served) -> None:
    bad = [
        ("customer", {**CUSTOMER, "id": "cus_2", "name": 5}),
        ("tag", TAG),
        ("customer", {**CUSTOMER, "id": "cus_3", "surname": "?"}),
        ("sofa", {"id": "sofa_1"}),
    ]
    with server.client() as client:
        answer = client.post("/batches", json=batch(*bad))
        assert answer.status_code == 422
        assert outcomes(answer) == ["error", "not_written", "error", "error"]
        told = [(result["id"], (result["error"] or {}).get("field")) for result in answer.json()["results"]]
        assert told == [
            ("cus_2", "records[0].record.name"),
            ("tag_1", None),
            ("cus_3", "records[2].record.surname"),
            ("sofa_1", "records[3]"),
        ]
        assert client.get("/tags").json() == {"records": [], "next": None}


def test_records_that_can_not_be_stored_are_all_named(server: Served) -> None:
    bad = [
        ("customer", {**CUSTOMER, "id": "cus_2", "created_at": -1}),
        ("tag", TAG),
        ("customer", {**CUSTOMER, "id": "cus_3", "updated_at": 2**70}),
    ]
    with server.client() as client:
        answer = client.post("/batches", json=batch(*bad))
        assert answer.status_code == 422
        assert outcomes(answer) == ["error", "not_written", "error"]
        assert {result["error"]["code"] for result in answer.json()["results"] if result["error"]} == {"unstorable"}
        assert client.get("/tags").json()["records"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid_json"),
        (b"{", 400, "invalid_json"),
        (b"\xff\xfe", 400, "invalid_json"),
        (b'"\\ud800"', 400, "invalid_json"),
        (b"[" * 90_000, 400, "invalid_json"),
        (b'{"run":1,"records":' + b"[" * 40_000 + b"]" * 40_000 + b"}", 400, "invalid_json"),
        (b"null", 422, "invalid"),
        (b'{"run":1}', 422, "invalid"),
        (b'{"run":-1,"records":[]}', 422, "invalid"),
        (b'{"run":1e400,"records":[]}', 422, "invalid"),
        (b'{"run":1,"records":{}}', 422, "invalid"),
        (b'{"run":1,"records":[[[[]]]]}', 422, "batch_refused"),
        (b'{"run":"1","records":[7]}', 422, "invalid"),
        (b'{"run":1,"records":[' + b"0," * MOST_RECORDS + b"0]}", 422, "invalid"),
        (b" " * 100_001, 413, "body_too_large"),
    ],
)
def test_malformed_bodies_are_refused(shared: Served, body: bytes, status: int, code: str) -> None:
    with shared.client() as client:
        answer = client.post("/batches", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_body_of_unknown_length_is_limited_too(shared: Served) -> None:
    with shared.client() as client:
        answer = client.post(
            "/batches", content=iter([b" " * 60_000] * 5), headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 413


def test_other_content_is_refused(shared: Served) -> None:
    with shared.client() as client:
        assert client.post("/batches", content=b"a=b", headers={"Content-Type": "text/plain"}).status_code == 415


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/users?limit=0", 422),
        ("/users?limit=x", 422),
        ("/users?limit=99999999999999999999", 422),
        ("/users?page=2", 422),
        ("/users/%00", 404),
        ("/users/%ff%fe", 404),
        ("/users/a/b/c", 404),
        ("/users/", 404),
        ("/aliases/nothing/1", 422),
        (f"/aliases/intercom_contact/{quote('a/b?c')}", 404),
        ("/customer-search", 422),
        ("/customer-search?q=%00%ff%22%27*", 200),
        ("/file-differences?after=../../etc/passwd", 422),
        ("/sofas", 404),
    ],
)
def test_odd_addresses(shared: Served, path: str, status: int) -> None:
    with shared.client() as client:
        assert client.get(path).status_code == status


def test_a_file_is_taken_once_its_hash_is_right(server: Served) -> None:
    content = bytes(range(256)) * 1000
    sha256 = hashlib.sha256(content).hexdigest()
    with server.client() as client:
        asked = {"files": [{"sha256": sha256}]}
        assert client.post("/files/known", json=asked).json() == {"sha256": []}
        wrong = client.put(f"/files/{sha256}", content=content[1:])
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "hash_mismatch")
        assert client.put(f"/files/{'../' * 20}etc", content=content).status_code in {404, 422}
        for _ in range(2):
            assert client.put(f"/files/{sha256}", content=content).status_code == 204
        assert client.post("/files/known", json=asked).json() == {"sha256": [sha256]}
        other = {"files": [{"sha256": sha256, "size": 1}]}
        assert client.post("/files/known", json=other).json() == {"sha256": []}, "what was cut short is sent again"
    stored = [path for path in (server.folder / "attachments").rglob("*") if path.is_file()]
    assert [path.name for path in stored] == [sha256], "nothing half received is left"
    assert stored[0].read_bytes() == content
    assert stored[0].stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with served(tmp_path / "workspace", limits=Limits(file_bytes=1000)) as server, server.client() as client:
        answer = client.put(f"/files/{'0' * 64}", content=iter([b"x" * 600] * 2))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")
    assert not [path for path in (server.folder / "attachments").rglob("*") if path.is_file()]


def test_an_upload_that_ends_early_leaves_nothing(server: Served) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(
            f"PUT /import/v1/files/{'0' * 64} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n"
            f"Authorization: Bearer {server.token.unwrap()}\r\n\r\nabc".encode()
        )
    with server.client() as client:
        assert client.get("/capabilities").status_code == 200
        assert client.get("/file-differences").json() == {"differences": [], "next": None}


def test_the_rate_limit_is_told_and_kept(tmp_path: Path) -> None:
    now = 1_000_000_004.0
    limits = Limits(requests_per_window=3)
    with served(tmp_path / "workspace", limits=limits, clock=lambda: now) as server, server.client() as client:
        told = [client.get("/tags") for _ in range(4)]
        assert [answer.status_code for answer in told] == [200, 200, 200, 429]
        assert [answer.headers["X-RateLimit-Remaining"] for answer in told] == ["2", "1", "0", "0"]
        assert {answer.headers["X-RateLimit-Reset"] for answer in told} == {"1000000010"}
        assert "Retry-After" not in told[2].headers
        assert told[3].headers["Retry-After"] == "6"
        assert told[3].json()["error"]["code"] == "rate_limited"
        with server.client(server.new_token("owner")) as other:
            assert other.get("/tags").status_code == 200, "each token has a limit of its own"
        now += 6
        assert client.get("/tags").status_code == 200


def test_fifty_clients_with_the_same_batch_make_each_record_once(server: Served) -> None:
    records = [("customer", {**CUSTOMER, "id": f"cus_{i}", "intercom_ids": [f"c{i}"]}) for i in range(40)]
    body = json.dumps(batch(*records)).encode()
    all_are_there = Barrier(50)

    def send(_: int) -> httpx.Response:
        with server.client() as client:
            all_are_there.wait(PATIENCE_S)
            return client.post("/batches", content=body, headers={"Content-Type": "application/json"})

    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(send, range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert {tuple(outcomes(answer)) for answer in answers} == {("created",) * 40}
    with server.client() as client:
        kept = client.get("/customers").json()["records"]
        assert sorted(record["id"] for record in kept) == sorted(record["id"] for _, record in records)
        assert [client.get(f"/aliases/intercom_contact/c{i}").json()["id"] for i in range(40)] == [
            f"cus_{i}" for i in range(40)
        ]
        again = client.post("/batches", json={**batch(*records), "run": 2})
        assert outcomes(again) == ["unchanged"] * 40


def test_pages_go_on_where_the_last_ended(server: Served) -> None:
    with server.client() as client:
        client.post("/batches", json=batch(*(("tag", {"id": f"tag_{i}", "name": f"{i}"}) for i in range(5))))
        found: list[str] = []
        told: dict[str, Any] = {"next": ""}
        while told["next"] is not None:
            told = client.get("/tags", params={"after": told["next"], "limit": 2}).json()
            found += [record["id"] for record in told["records"]]
    assert found == [f"tag_{i}" for i in range(5)]


def test_the_export_is_whole(server: Served) -> None:
    with server.client() as client:
        client.post("/batches", json=batch(("tag", TAG)))
        answer = client.get("/export", params={"migration": "acme"})
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        assert json.loads(archive.read("workspace.json"))["migration"] == "acme"
        assert json.loads(archive.read("tags.jsonl")) == TAG
    assert not list(server.folder.glob("export-*"))


def test_the_document_is_valid_and_describes_what_is_answered(shared: Served) -> None:
    document = httpx.get(f"{shared.api}/openapi.json", trust_env=False).json()
    assert document["openapi"] == "3.1.0"
    Draft202012Validator.check_schema(document["components"]["schemas"])
    with shared.client() as client:
        told = client.get("/capabilities").json()
        refused = client.post("/batches", json=batch(("tag", {"id": 1}))).json()
    components = {"components": document["components"]}
    for name, answer in (("Capabilities", told), ("BatchRefused", refused)):
        Draft202012Validator({"$ref": f"#/components/schemas/{name}", **components}).validate(answer)


def test_an_unexpected_failure_tells_the_server_alone(tmp_path: Path) -> None:
    """The database is broken behind the server's back, in a way that nobody has foreseen."""
    heard: list[Exception] = []
    with served(tmp_path / "workspace", failed=heard.append) as server:
        with closing(sqlite3.connect(server.folder / "workspace.db")) as conn:
            conn.execute("DROP TABLE tags")
        with server.client() as client:
            answer = client.get("/tags")
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, "unexpected")
        assert "tags" not in answer.text
        with server.client() as client:  # anew: the server closes the connection of a request that went wrong
            assert client.get("/users").status_code == 200, "the server goes on"
    assert [type(error) for error in heard] == [sqlite3.OperationalError]


def test_a_page_ends_early_where_records_are_large(server: Served) -> None:
    reply = {"title": "t", "body_html": "x" * 3_000_000, "body_text": "", "intercom_id": "1", "visibility": "everyone"}
    with server.client() as client:
        for i in range(4):
            record = {"id": f"srp_{i}", **reply, "unknown_placeholders": []}
            assert client.post("/batches", json=batch(("saved_reply", record))).status_code == 200
        first = client.get("/saved_replies").json()
        assert [record["id"] for record in first["records"]] == ["srp_0", "srp_1", "srp_2"]
        rest = client.get("/saved_replies", params={"after": first["next"]}).json()
        assert ([record["id"] for record in rest["records"]], rest["next"]) == (["srp_3"], None)
