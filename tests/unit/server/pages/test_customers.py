"""Customers found on the pages, in each way in which people look for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from ochre_tui.ochre.embedded.workspace import open_workspace
from tests.support.filled_workspace import fill
from tests.support.known_customer import SOMEBODY, THEIR_COMPANY, WAYS
from tests.support.served_workspace import PATIENCE_S, served


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("searched") / "workspace"
    fill(folder)
    with closing(open_workspace(folder, "acme", "Acme")) as workspace:
        workspace.put(2, [THEIR_COMPANY, SOMEBODY])
    with served(folder) as server, httpx.Client(base_url=server.url, trust_env=False, timeout=PATIENCE_S) as client:
        yield client


@pytest.mark.parametrize(("words", "matched"), WAYS)
def test_a_customer_is_found_on_the_page(browser: httpx.Client, words: str, matched: str) -> None:
    found = browser.get("/customers.json", params={"q": words}).json()
    assert found["matched"] == {SOMEBODY.id: matched.replace("_", " ")}
    page = browser.get("/customers", params={"q": words}).text
    assert f'href="/customers/{SOMEBODY.id}"' in page
    assert matched.replace("_", " ") in page
