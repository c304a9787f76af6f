"""What several files of tests use: a browser, pages that are saved for it, and a collector with little to do."""

import gc

import pytest
from tests.browser import Browser


@pytest.fixture
def few_objects():
    """Let the collector look at what the test makes only: all that pytest keeps for all tests takes it a second."""
    gc.freeze()
    yield
    gc.unfreeze()


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
