"""The simulated Intercom's answers against Intercom's own API descriptions.

Where the descriptions and recorded payloads disagree, the recorded payload wins; each such place is listed in
`EXCEPTIONS` with its reason, and one that no longer occurs has to go from the list.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError

from ochre_tui.sandbox.routes import ROUTES
from ochre_tui.sandbox.server import Running, Sandbox, running

DESCRIPTIONS = Path(__file__).parent / "intercom-openapi"
VERSIONS = ("2.11", "2.14", "2.15", "2.16")
CONVERSATIONS = 220


@dataclass(frozen=True)
class Exceptional:
    """A difference that is meant: where it is, what the validator says of it, why it is right, and since when."""

    place: str
    complaint: str
    reason: str
    versions: tuple[str, ...] = VERSIONS


EXCEPTIONS = (
    Exceptional(
        r"(^|/)custom_attributes/[^/]+$",
        r"^type string, not",
        "values are strings, numbers, booleans, lists or null, by their definitions",
    ),
    Exceptional(
        r"(^|/)statistics/(\w+_at|time_to_\w+|last_closed_by_id)$",
        r", not null$",
        "everything in the statistics is null until it has happened",
    ),
    Exceptional(r"/?statistics/last_closed_by_id$", r"not integer$", "the id comes as text or as a number"),
    Exceptional(r"(^|/)source$", r"not null$", "a conversation can come without a first message"),
    Exceptional(r"(^|/)source/(type|body)$", r"not null$", "tickets have no type, some first messages no body"),
    Exceptional(
        r"(^|/)source/type$", r"^enum .* not string$", "older data and new channels have other types", VERSIONS[:3]
    ),
    Exceptional(r"(^|/)source/email_message_metadata$", r"not null$", "only e-mails have any of it", ("2.16",)),
    Exceptional(r"(^|/)author/email$", r"not null$", "leads often have no e-mail"),
    Exceptional(r"conversation_parts/\*/author$", r"not null$", "a part can come without an author"),
    Exceptional(r"conversation_parts/\*/(author/)?id$", r"not integer$", "ids come as text or as numbers"),
    Exceptional(r"attachments/\*/content_type$", r"not null$", "a file can come without its type"),
    Exceptional(r"attachments/\*/(width|height)$", r"not string$", "a picture's size comes as text at times"),
    Exceptional(r"attachments/\*$", r"'(width|height)' is a required", "only pictures have a size", ("2.11",)),
    Exceptional(r"(^|/)conversation_rating$", r"not null$", "most conversations are not rated", ("2.11",)),
    Exceptional(r"conversation_rating/remark$", r"not null$", "a rating can come without a remark"),
    Exceptional(r"conversation_rating/teammate/id$", r"not integer$", "ids come as text or as numbers"),
    Exceptional(r"(^|/)teammates$", r"'teammates' is a required", "the list is called admins", ("2.11",)),
    Exceptional(r"(^|/)priority$", r"^enum .* not string$", "old conversations keep the old two words", ("2.16",)),
    Exceptional(r"(^|/)email_domain$", r"not null$", "a contact without an e-mail has no domain either"),
    Exceptional(r"^data/\*/email$", r"not null$", "leads often have no e-mail"),
    Exceptional(r"^data/\*/(created|updated)_at$", r"not null$", "a contact's times can be null"),
    Exceptional(r"(^|/)monthly_spend$", r"^type integer, not number$", "the spend can have cents"),
    Exceptional(
        r"^(data/\*)?$",
        r"'(industry|website|size|monthly_spend|last_request_at)' is a required",
        "what a company does not have is absent",
        ("2.11",),
    ),
    Exceptional(r"(^|/)snoozed_until$", r"not null$", "most tickets are not snoozed"),
    Exceptional(r"^pages/next$", r"not string$", "lists with page numbers give the address of the next page"),
    Exceptional(r"^pages/next$", r"'per_page' is a required", "the next page is a number and a cursor", ("2.11",)),
    Exceptional(r"^pages$", r"not null$", "the scroll has no pages", ("2.11",)),
    Exceptional(r"^data/\*$", r"'applied_(at|by)' is a required", "only applied tags say by whom and when", ("2.11",)),
    Exceptional(r"^$", r"'companies' is a required", "a contact's companies come as data", ("2.11",)),
    Exceptional(r"^$", r"'total_count' is a required", "segments are not counted", ("2.11",)),
    Exceptional(
        r"^$|ticket_type_attributes/type$|^type$",
        r"'ticket_types' is a required|ticket_type_attributes.list",
        "ticket types come as the later descriptions say",
        ("2.11",),
    ),
    Exceptional(
        r"^data/\*(/author)?$",
        r"is a required property",
        "required once; later descriptions let articles and the authors of notes be shorter",
        ("2.11",),
    ),
)


# The descriptions, made into JSON Schema


@cache
def description(version: str) -> dict[str, Any]:
    """One version's paths and components."""
    loaded = yaml.load(gzip.decompress((DESCRIPTIONS / f"{version}.yaml.gz").read_bytes()), Loader=yaml.CSafeLoader)
    translated: dict[str, Any] = translate(loaded)
    # 2.11 refers to a schema that it does not define.
    translated["components"]["schemas"].setdefault("custom_attributes", {})
    return translated


def translate(node: Any) -> Any:
    """OpenAPI's `nullable` in the words of JSON Schema, everywhere below `node`."""
    if isinstance(node, list):
        return [translate(member) for member in node]
    if not isinstance(node, dict):
        return node
    out = {key: translate(value) for key, value in node.items() if key not in {"example", "examples", "discriminator"}}
    if node.get("nullable") is not True:
        return out
    if "enum" in out and isinstance(out["enum"], list):
        out["enum"] = [*out["enum"], None]
    if isinstance(out.get("type"), str):
        out["type"] = [out["type"], "null"]
    if "$ref" in out or "allOf" in out or "oneOf" in out or "anyOf" in out:
        return {"anyOf": [out, {"type": "null"}]}
    return out


def template(version: str, method: str, pattern: str) -> str | None:
    """The path in the description that a route's pattern stands for; exact ones first."""
    wanted = re.compile(re.escape(pattern).replace(r"\*", r"\{[^/]+\}"))
    paths = description(version)["paths"]
    return next((path for path in paths if wanted.fullmatch(path) and method.lower() in paths[path]), None)


@cache
def validator(version: str, path: str, method: str, status: int) -> Draft4Validator | None:
    """What validates an answer; None where the description has no schema for this status."""
    loaded = description(version)
    answers = loaded["paths"][path][method.lower()]["responses"]
    content = answers.get(str(status), answers.get(status, {})).get("content", {})
    schemas = [kind["schema"] for kind in content.values() if "schema" in kind]
    if not schemas:
        return None
    return Draft4Validator({**schemas[0], "components": loaded["components"]})


def complaints(check: Draft4Validator, answer: Any) -> Iterator[tuple[str, str]]:
    """Where an answer differs from its schema, and how; the innermost differences of alternatives."""
    for error in check.iter_errors(answer):
        for leaf in leaves(error):
            place = "/".join("*" if isinstance(part, int) else str(part) for part in leaf.absolute_path)
            wanted = leaf.message if leaf.validator == "required" else f"{leaf.validator} {leaf.validator_value}"
            yield place, f"{wanted}, not {NAMES[type(leaf.instance)]}"


NAMES = {
    dict: "object",
    list: "array",
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


def leaves(error: ValidationError) -> Iterator[ValidationError]:
    if not error.context:
        yield error
        return
    alternatives: dict[int, list[ValidationError]] = {}
    for inner in error.context:
        alternatives.setdefault(int(inner.schema_path[0]), []).append(inner)
    # Of `anyOf [schema, null]` only what the schema says is of interest.
    best = min(alternatives.values(), key=lambda errors: (any(is_null(one) for one in errors), len(errors)))
    for inner in best:
        yield from leaves(inner)


def is_null(error: ValidationError) -> bool:
    return error.validator == "type" and error.validator_value == "null"


# What is asked


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(Sandbox(conversations=CONVERSATIONS, seed=4, rate_limit=0)) as started:
        yield started


@pytest.fixture(scope="module")
def api(sandbox: Running) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {sandbox.token}", "Accept": "application/json"}
    with httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False, timeout=30) as client:
        yield client


MATCH_ALL = {"query": {"field": "created_at", "operator": ">", "value": 0}, "pagination": {"per_page": 40}}
CONTACT_SEARCH = {"query": {"field": "role", "operator": "=", "value": "user"}, "pagination": {"per_page": 40}}
BODIES = {
    "/conversations/search": MATCH_ALL,
    "/tickets/search": MATCH_ALL,
    "/contacts/search": CONTACT_SEARCH,
    "/companies/list": {},
}
QUERIES = {
    "/contacts": "?include_merge_history=true",
    "/data_attributes": "?include_archived=true",
    "/conversations/attributes": "?include_archived=true",
    "/admins": "?display_avatar=true",
    "/segments": "?include_count=true",
}


def requests(sandbox: Running, method: str, pattern: str) -> list[str]:
    """The paths to ask for under one route: one, or several where records differ much."""
    if "*" not in pattern:
        return [pattern + QUERIES.get(pattern, "")]
    return [pattern.replace("*", ident) + QUERIES.get(pattern, "") for ident in idents(sandbox, pattern)]


def idents(sandbox: Running, pattern: str) -> list[str]:
    world = sandbox.world
    kind = pattern.split("/")[1]
    if pattern == "/contacts/find_by_external_id/*":
        contacts = (world.contact(ident) for ident in world.contact_ids())
        users = [contact for contact in contacts if contact and contact["role"] == "user"]
        return [next(user["external_id"] for user in users if user["external_id"])]
    known = {
        "conversations": sample(sandbox) if pattern.count("/") == 2 else [],
        "contacts": list(world.contact_ids())[:30],
        "companies": list(world.company_ids())[:10],
        "tickets": [row.id for row in world.conversation_index() if row.is_ticket][:3],
        "admins": [str(admin["id"]) for admin in world.admins()],
        "teams": [str(team["id"]) for team in world.teams()],
        "tags": [str(tag["id"]) for tag in world.tags()][:3],
        "macros": [str(macro["id"]) for macro in world.macros()][:3],
        "news": [str(feed["id"]) for feed in world.left_behind()["newsfeeds"]][:1],
    }[kind]
    return known or [world.conversation_index()[0].id]


def sample(sandbox: Running) -> list[str]:
    """A conversation of every kind that the world makes up."""
    return list({row.feature: row.id for row in sandbox.world.conversation_index()}.values())


def differences(sandbox: Running, api: httpx.Client, version: str) -> set[tuple[str, str, str]]:
    """Every endpoint asked in one version: where its answers differ from their description, and how."""
    found: set[tuple[str, str, str]] = set()
    for route in ROUTES:
        described = template(version, route.method, route.pattern)
        if route.pattern == "/companies/scroll":
            sandbox.control("clock", advance_s=61)
        for path in requests(sandbox, route.method, route.pattern):
            headers = {"Intercom-Version": version}
            response = api.request(route.method, path, headers=headers, json=BODIES.get(route.pattern))
            if described is None:
                assert code(response) == (400, "intercom_version_invalid"), path
                continue
            assert response.status_code == 200, (path, response.text)
            check = validator(version, described, route.method, 200)
            assert check is not None
            found |= {(route.name, *pair) for pair in complaints(check, response.json())}
    return found


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["code"]


@pytest.mark.parametrize("version", VERSIONS)
def test_answers_are_as_described(sandbox: Running, api: httpx.Client, version: str) -> None:
    found = differences(sandbox, api, version)
    allowed = [one for one in EXCEPTIONS if version in one.versions]

    def meant(exception: Exceptional, place: str, complaint: str) -> bool:
        return bool(re.search(exception.place, place) and re.search(exception.complaint, complaint))

    unexpected = {one for one in found if not any(meant(exception, *one[1:]) for exception in allowed)}
    assert not unexpected, "\n".join(" · ".join(one) for one in sorted(unexpected))
    unused = [one.place for one in allowed if not any(meant(one, *seen[1:]) for seen in found)]
    assert not unused, f"exceptions that nothing needs any more: {unused}"


ERRORS = [
    ("/conversations/1", "GET", 404),
    ("/contacts/000000000000000000000000/tags", "GET", 404),
    ("/companies/0", "GET", 404),
    ("/data_attributes?model=conversation", "GET", 422),
    ("/macros/0", "GET", 404),
    ("/admins/1", "GET", 404),
]


@pytest.mark.parametrize(("path", "method", "status"), ERRORS)
def test_errors_are_as_described(api: httpx.Client, path: str, method: str, status: int) -> None:
    response = api.request(method, path)
    assert response.status_code == status
    segments = path.partition("?")[0].split("/")
    pattern = "/".join("*" if segment.isdigit() else segment for segment in segments)
    described = template("2.16", method, pattern)
    assert described is not None
    check = validator("2.16", described, method, status)
    assert check is not None, "the description has no schema for this error"
    assert not list(complaints(check, response.json()))


def test_a_merged_contact_is_as_described(sandbox: Running, api: httpx.Client) -> None:
    contacts = (sandbox.world.contact(ident) for ident in sandbox.world.contact_ids())
    survivor = next(contact for contact in contacts if contact and contact["merge_history"])
    response = api.get(f"/contacts/{survivor['merge_history'][0]['source_contact_id']}")
    assert response.status_code == 410
    check = validator("2.16", "/contacts/{contact_id}", "GET", 410)
    assert check is not None
    assert not list(complaints(check, response.json()))
