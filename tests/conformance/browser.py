# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A real browser with its network off: what a page shows, what it asks for, and what it complains of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from tests.generate.tools import tool

_FLAGS: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1200,1200",
)


class Browser:
    """A page that is open."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, page: Path, after: str = "") -> None:
        """Load a page anew; what was asked for and complained of before is forgotten."""
        self.driver.get("about:blank")
        self.asked()
        self.complaints()
        self.driver.get(page.as_uri() + after)

    def asked(self) -> list[str]:
        """Addresses that were asked for, whether or not anybody could answer."""
        events = (json.loads(entry["message"])["message"] for entry in self._log("performance"))
        return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]

    def complaints(self) -> list[str]:
        """What the page has written to the console: errors of the script, and what its policy has refused."""
        return [entry["message"] for entry in self._log("browser")]

    def _log(self, name: str) -> list[dict[str, Any]]:
        """What has come since it was asked for last."""
        found: list[dict[str, Any]] = self.driver.get_log(name)  # type: ignore[no-untyped-call]
        return found

    def element(self, selector: str) -> WebElement:
        """The first element of a CSS selector."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        """What a person reads there; nothing of what is hidden."""
        return str(self.element(selector).text)

    def find(self, words: str) -> None:
        """Type into the box, in the place of what is there."""
        box = self.element("#find")
        box.clear()
        box.send_keys(words)

    def choose(self, verdict: str) -> None:
        """Only one verdict, "" for every."""
        Select(self.element("#only")).select_by_value(verdict)

    def shown(self) -> set[str]:
        """The slugs of the entries that can be seen."""
        seen = "[...document.querySelectorAll('[data-verdict]')].filter(e => e.checkVisibility())"
        return set(self.run(f"return {seen}.map(e => e.id)"))

    def rows(self, slug: str) -> list[list[str]]:
        """The table of fields of an entry as it is read, its head left out."""
        table = self.element(f"[id='{slug}'] table.fields")
        return [[cell.text for cell in row.find_elements(By.TAG_NAME, "td")]
                for row in table.find_elements(By.TAG_NAME, "tr")[1:]]

    def prefer(self, scheme: str) -> None:
        """``light`` or ``dark``."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def run(self, script: str) -> Any:
        """Run a script in the page; what it returns."""
        return self.driver.execute_script(script)


@contextmanager
def browsing(folder: Path) -> Iterator[Browser]:
    """A browser with a profile of its own in that folder; it ends with the block."""
    options = Options()
    options.binary_location = tool("chromium")
    for flag in (*_FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(tool("chromedriver")))
    try:
        driver.execute_cdp_cmd("Network.enable", {})
        driver.execute_cdp_cmd("Network.emulateNetworkConditions",
                               {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0})
        yield Browser(driver)
    finally:
        driver.quit()
