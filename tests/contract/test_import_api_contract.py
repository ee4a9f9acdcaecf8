"""The import API against its own OpenAPI document: whatever is sent, it answers as described and never fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.served_workspace import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("contract") / "workspace") as running:
        yield running


@pytest.fixture(scope="module")
def described(server: Served) -> Any:
    return schemathesis.openapi.from_url(f"{server.api}/openapi.json")


schema = schemathesis.pytest.from_fixture("described")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@schema.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_sent_is_answered_as_described(case: Any, server: Served) -> None:
    judge(case, server)


@pytest.mark.long
@schema.parametrize()
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_much_more_of_it(case: Any, server: Served) -> None:
    judge(case, server)


def test_a_line_break_in_a_path_is_answered_as_described(server: Served, described: Any) -> None:
    for path, operations in described.raw_schema["paths"].items():
        for method, operation in operations.items() if "{" in path else ():
            url = server.api + re.sub("{.*}", "a%0Ab", path)
            answer = httpx.request(method, url, headers={"Authorization": f"Bearer {server.token.unwrap()}"})
            assert str(answer.status_code) in operation["responses"], (method, url)


def judge(case: Any, server: Served) -> None:
    answer = case.call(base_url=server.api, headers={"Authorization": f"Bearer {server.token.unwrap()}"})
    assert answer.status_code < 500, answer.text
    case.validate_response(answer, checks=CHECKS)
