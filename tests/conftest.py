"""What several files of tests use: a browser, and pages that are saved for it."""

import pytest
from tests.browser import Browser


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def browser(window):
    window.errors.clear()
    yield window
    assert window.errors == []


@pytest.fixture
def saved(tmp_path):
    def save(found):
        found.save(tmp_path / "page.html")
        return tmp_path / "page.html"

    return save
