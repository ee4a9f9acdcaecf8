"""The pages in a real browser without a window: Debian's chromium, by its own driver; nothing is downloaded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.support.filled_workspace import CONVERSATION, fill
from tests.support.served_workspace import PATIENCE_S, Served, served

_BROWSER, _DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (_BROWSER and _DRIVER), reason="no browser here: apt-get install chromium chromium-driver"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("browsed") / "workspace"
    fill(folder)
    with served(folder) as running:
        yield running


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = _BROWSER or ""
    profile = tmp_path_factory.mktemp("profile")
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,900"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={profile}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(_DRIVER))
    driver.set_page_load_timeout(PATIENCE_S)
    try:
        yield driver
    finally:
        driver.quit()


def one(browser: Chrome, selector: str) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, selector)


def subjects(browser: Chrome) -> list[str]:
    return [link.text for link in browser.find_elements(By.CSS_SELECTOR, ".conversations .subject")]


def test_the_inbox_is_reached_and_searched_by_keyboard(browser: Chrome, server: Served) -> None:
    browser.get(server.url)
    assert browser.title == "Inbox · Acme"
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.switch_to.active_element.text == "Skip to content"
    one(browser, "#q").send_keys("late", Keys.ENTER)
    WebDriverWait(browser, PATIENCE_S).until(lambda _: subjects(browser) == ["Order 1234 is late"])
    assert one(browser, "#q").get_attribute("value") == "late"
    one(browser, ".conversations .subject").send_keys(Keys.ENTER)
    WebDriverWait(browser, PATIENCE_S).until(lambda _: browser.title == "Order 1234 is late · Acme")


def test_images_of_a_conversation_load(browser: Chrome, server: Served) -> None:
    browser.get(f"{server.url}/conversations/cnv_1")
    image = one(browser, ".body img")
    WebDriverWait(browser, PATIENCE_S).until(lambda _: image.get_property("complete"))
    assert image.get_property("naturalWidth") == 8


@pytest.mark.parametrize("word", ["comment", "user-message"])
def test_an_old_link_leads_to_its_message(browser: Chrome, server: Served, word: str) -> None:
    anchor = f"#part_id={word}-{CONVERSATION}-20001"
    browser.get(f"{server.url}/a/inbox/abc/inbox/conversation/{CONVERSATION}{anchor}")
    assert browser.current_url == f"{server.url}/conversations/cnv_1{anchor}"
    assert "Only for us" in one(browser, "article:has(:target)").text


@pytest.mark.parametrize("path", ["/", "/conversations/cnv_2", "/customers/cus_2", "/saved-replies"])
def test_what_means_harm_does_not_run(browser: Chrome, server: Served, path: str) -> None:
    browser.get_log("browser")  # type: ignore[no-untyped-call]  # forgets what was said before
    browser.get(server.url + path)
    assert browser.title.endswith("· Acme")
    assert browser.current_url == server.url + path
    assert one(browser, "main").is_displayed()
    sources = [image.get_attribute("src") for image in browser.find_elements(By.TAG_NAME, "img")]
    assert all(not source or source.startswith(f"{server.url}/attachments/") for source in sources)
    said = [entry["message"] for entry in browser.get_log("browser")]  # type: ignore[no-untyped-call]  # of selenium
    assert not [message for message in said if "Content Security Policy" in message]


def test_a_script_that_got_in_would_be_refused(browser: Chrome, server: Served) -> None:
    browser.get(server.url)
    browser.execute_script(
        "const it = document.createElement('script'); it.textContent = 'document.title = \"pwned\"';"
        "document.body.append(it); document.body.insertAdjacentHTML('beforeend',"
        ' \'<img src=x onerror="document.title = 1"><p style="color: rgb(1, 2, 3)" id=styled>x</p>\')'
    )
    assert browser.title == "Inbox · Acme"
    assert one(browser, "#styled").value_of_css_property("color") != "rgba(1, 2, 3, 1)"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", ["/?status=all", "/conversations/cnv_1", "/conversations/cnv_2", "/customers/cus_2"])
def test_nothing_is_cut_off_at_the_side(browser: Chrome, server: Served, path: str, width: int) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    )
    browser.get(server.url + path)
    wide, room = browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= room <= width
