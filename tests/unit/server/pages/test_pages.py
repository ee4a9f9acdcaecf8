"""The pages of a served workspace, as HTML and as JSON: what they show, to whom, and what they never let through."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from ochre_tui.core.secret import Secret
from tests.support.filled_workspace import CONTACT, CONVERSATION, FILES, HOSTILE_NAME, fill
from tests.support.old_paths import FORMS
from tests.support.served_workspace import PATIENCE_S, Served, served

PAGES = ["/", "/?status=all", "/conversations/cnv_1", "/conversations/cnv_2", "/customers", "/customers/cus_1"]
PAGES += ["/customers/cus_2", "/companies", "/companies/com_1", "/saved-replies", "/nowhere", "/?q=order"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("pages") / "workspace"
    fill(folder)
    with served(folder) as running:
        yield running


@pytest.fixture(scope="module")
def browser(server: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False, timeout=PATIENCE_S) as client:
        yield client


def subjects(answer: httpx.Response) -> list[str]:
    return [link.attributes["href"] or "" for link in LexborHTMLParser(answer.text).css(".conversations a.subject")]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["cnv_2", "cnv_1"]),
        ("status=all", ["cnv_2", "cnv_3", "cnv_1", "cnv_4"]),
        ("status=snoozed", ["cnv_3"]),
        ("status=closed", ["cnv_4"]),
        ("status=pending", []),
        ("status=all&channel=Intercom+Email", ["cnv_3"]),
        ("assignee=usr_1", ["cnv_1"]),
        ("assignee=none", ["cnv_2"]),
        ("status=all&tag=bug", ["cnv_1", "cnv_4"]),
        ("tag=a+%22quoted%22+tag", ["cnv_1"]),
        ("tag=quoted", []),
        ("q=order", ["cnv_1"]),
        ("q=LATE+ord", ["cnv_1"]),
        ("q=zoe", ["cnv_3", "cnv_1", "cnv_4"]),
        ("q=zeo", ["cnv_3", "cnv_1", "cnv_4"]),
        ("q=zoe&status=closed", ["cnv_4"]),
        (f"q={CONVERSATION}", ["cnv_1"]),
        ("q=acme.example", ["cnv_3", "cnv_1", "cnv_4"]),
        ("q=%22%00*%29+OR", ["cnv_1"]),
        ("q=%22", []),
    ],
)
def test_the_inbox_is_filtered_and_searched_the_newest_first(
    browser: httpx.Client, query: str, found: list[str]
) -> None:
    there = [f"/conversations/{one}" for one in found]
    assert subjects(browser.get(f"/?{query}")) == there
    told = browser.get(f"/conversations.json?{query}").json()
    assert [f"/conversations/{one['id']}" for one in told["conversations"]] == there


def test_a_thread_shows_replies_notes_events_and_attachments(browser: httpx.Client) -> None:
    page = LexborHTMLParser(browser.get("/conversations/cnv_1").text)
    note = page.css_first("article.note")
    assert note is not None
    assert "Internal note" in note.text()
    assert "Only for us" in note.text()
    event = page.css_first(".event")
    assert event is not None
    assert "assigned to Ana" in event.text()
    image = page.css_first(".body img")
    assert image is not None
    assert image.attributes == {"src": "/attachments/att_image", "alt": "a picture"}
    files = page.css_first(".files")
    assert files is not None
    assert "gone.pdf missing: 404" in " ".join(files.text().split())
    assert [link.attributes["href"] for link in files.css("a")] == [
        "/attachments/att_text",
        "/attachments/att_html",
        "/attachments/att_svg",
    ]
    aside = page.css_first("aside")
    assert aside is not None
    assert "Zoë O'Brien" in aside.text()
    assert "zoe@acme.example" in aside.text()
    assert page.css_first(f'[id="part_id=comment-{CONVERSATION}-20001"]') is not None


def test_the_same_is_had_as_json(browser: httpx.Client) -> None:
    told = browser.get("/conversations/cnv_1.json").json()
    assert told == browser.get("/conversations/cnv_1", headers={"Accept": "application/json"}).json()
    assert [message["kind"] for message in told["messages"]] == ["reply", "note", "event", "reply"]
    assert set(told["attachments"]) == set(FILES)
    assert browser.get("/customers/cus_2.json").json()["customer"]["name"] == HOSTILE_NAME
    assert browser.get("/companies.json").json()["companies"][0]["name"] == "Acme Ltd"
    assert browser.get("/saved-replies.json").json()["saved_replies"][0]["title"] == "Greeting"
    missing = browser.get("/customers/none.json")
    assert (missing.status_code, missing.json()) == (404, {"error": "There is no such customer in this workspace."})


def test_people_and_companies_lead_to_each_other(browser: httpx.Client) -> None:
    customer = browser.get("/customers/cus_1").text
    assert 'href="/companies/com_1"' in customer
    assert subjects(browser.get("/customers/cus_1")) == [f"/conversations/cnv_{n}" for n in (3, 1, 4)]
    assert "plan" in customer
    company = browser.get("/companies/com_1").text
    assert 'href="/customers/cus_1"' in company
    assert 'href="/customers/cus_1"' in browser.get("/customers?q=obrien").text
    assert 'href="/companies/com_1"' in browser.get("/companies?q=acm").text


@pytest.mark.parametrize(("path", "workspace"), FORMS)
def test_every_old_path_leads_to_the_conversation(browser: httpx.Client, path: str, workspace: str | None) -> None:
    del workspace
    answer = browser.get(path.format(id=CONVERSATION))
    assert (answer.status_code, answer.headers["location"]) == (308, "/conversations/cnv_1")
    unknown = browser.get(path.format(id="99"))
    assert unknown.status_code == 404
    assert "The Intercom conversation 99 is not in this workspace." in unknown.text


def test_a_contacts_old_path_leads_to_the_customer(browser: httpx.Client) -> None:
    for path in (f"/a/apps/abc/users/{CONTACT}", f"/a/apps/abc/users/{CONTACT.upper()}/all-conversations"):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (308, "/customers/cus_1")
    assert browser.get(f"/a/apps/abc/users/{'0' * 24}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/a/apps/abc/articles/articles/5/show",
        "/a/inbox/abc/inbox/admin/814860",
        "/nowhere",
        "/conversations/none",
        "/companies/none",
        "/attachments/..%2f..%2fworkspace.db",
        "/attachments/att_gone",
        "/inbox" * 600 + "/x",
        "/a%0ab",
    ],
)
def test_what_is_not_there_is_said_to_be_missing(browser: httpx.Client, path: str) -> None:
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("query", ["before=x", "before=1.2.3", "before=99999999999999999.1", "status=gone"])
def test_what_makes_no_sense_is_refused(browser: httpx.Client, query: str) -> None:
    assert browser.get(f"/?{query}").status_code == 400


@pytest.mark.parametrize("path", PAGES)
def test_no_page_lets_markup_of_others_through(browser: httpx.Client, path: str) -> None:
    page = LexborHTMLParser(browser.get(path).text)
    assert not page.css("script, style, iframe, svg, object, embed, base, [style], [onerror], [onload], [onclick]")
    assert all((form.attributes["action"] or "").startswith("/") for form in page.css("form"))
    assert all(
        (image.attributes.get("src") or "/attachments/").startswith("/attachments/") for image in page.css("img")
    )
    assert {urlsplit(link.attributes.get("href") or "").scheme for link in page.css("a")} <= {"", "http", "https"}
    assert "\x1b" not in (page.html or "")
    assert "\u202e" not in (page.html or "")


@pytest.mark.parametrize("path", [*PAGES, "/style.css", "/conversations.json", "/attachments/att_image"])
def test_every_answer_tells_browsers_to_be_careful(browser: httpx.Client, path: str) -> None:
    headers = browser.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_landmarks_headings_labels_and_unique_ids(browser: httpx.Client, path: str) -> None:
    page = LexborHTMLParser(browser.get(path).text)
    assert len(page.css("main")) == len(page.css("h1")) == len(page.css("a.skip[href='#content']")) == 1
    assert page.css_first("html[lang]") is not None
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))
    labelled = {label.attributes.get("for") for label in page.css("label")}
    assert all(field.attributes.get("id") in labelled for field in page.css("input:not([type=hidden]), select"))


@pytest.mark.parametrize("attachment_id", [one for one, (_, _, data, _) in FILES.items() if data is not None])
def test_attachments_are_downloads_unless_they_are_harmless_images(browser: httpx.Client, attachment_id: str) -> None:
    name, _, data, inline = FILES[attachment_id]
    answer = browser.get(f"/attachments/{attachment_id}")
    assert answer.content == data
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("inline;" if inline else "attachment;")
    assert disposition.isascii()
    assert disposition.endswith(f"filename*=UTF-8''{quote(name, safe='')}")
    assert answer.headers["content-type"] == ("image/png" if inline else "application/octet-stream")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:8320", 200),
        ("[::1]:8320", 200),
        ("192.0.2.7", 200),
        ("evil.example", 421),
        ("localhost.evil.example:8320", 421),
        ("", 421),
        ("[", 421),
    ],
)
def test_only_the_machines_own_names_are_answered_to(browser: httpx.Client, host: str, status: int) -> None:
    assert browser.get("/", headers={"Host": host}).status_code == status


def test_a_request_that_names_two_hosts_is_refused(server: Served) -> None:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), PATIENCE_S) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        assert connection.recv(100).split()[1] in {b"400", b"421"}


def test_a_password_is_asked_for_by_every_page_and_not_by_the_api(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("locked") / "workspace"
    fill(folder)
    with served(folder, password=Secret("right and proper")) as server:
        for path in [*PAGES, "/style.css", "/attachments/att_image", "/import/v1", "/import/v1x"]:
            answer = httpx.get(server.url + path, trust_env=False)
            assert (answer.status_code, answer.headers["www-authenticate"][:5]) == (401, "Basic")
            assert "Acme" not in answer.text
        for wrong in ["wrong", "", "right and prope", "right and proper "]:
            assert httpx.get(server.url, auth=("ana", wrong), trust_env=False).status_code == 401
        for header in ["Basic", "Basic !", "Basic /w==", "Bearer x", "Basic \xff"]:
            headers = {"Authorization": header.encode("latin-1")}
            assert httpx.get(server.url, headers=headers, trust_env=False).status_code == 401  # type: ignore[arg-type]  # as sent
        assert httpx.get(server.url, auth=("", "right and proper"), trust_env=False).status_code == 200
        with server.client() as client:
            assert client.get("/capabilities").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_pages_change_nothing(browser: httpx.Client, method: str) -> None:
    for path in ("/", "/customers/cus_1", f"/inbox/conversation/{CONVERSATION}"):
        assert browser.request(method, path).status_code in {404, 405}
