"""The page in a browser: its program shows what there is, steps, searches, and draws no more than can be seen."""

import pytest
from tests.browser import in_a_browser, text_of
from tests.test_page import hostile, kata

import wengert as torch
from wengert.inspect import page
from wengert.inspect.pages.grouping import MOST


def numbers(browser, kind):
    return browser.value(f"[...document.querySelectorAll('#graph .number.{kind}')].map((each) => each.textContent)")


@in_a_browser
@pytest.mark.parametrize(
    ("step", "values", "gradients", "telling"),
    [
        (0, ["2", "", "", ""], ["", "", "", ""], "Before the forward pass"),
        (2, ["2", "4", "5", ""], ["", "", "", ""], "Forward, step 2 of 3"),
        (4, ["2", "4", "5", "125"], ["", "", "", "1"], "Backward begins"),
        (5, ["2", "4", "5", "125"], ["", "", "75", "1"], "Backward, step 1 of 3"),
        (7, ["2", "4", "5", "125"], ["300", "75", "75", "1"], "x.grad = 300"),
    ],
)
def test_a_browser_shows_what_there_is_after_a_step(browser, saved, step, values, gradients, telling):
    browser.open(saved(kata()), f"#step={step}")
    assert numbers(browser, "value") == values
    assert numbers(browser, "gradient") == gradients
    assert telling in text_of(browser, "#telling")


@in_a_browser
def test_keys_and_buttons_step_and_choose(browser, saved):
    browser.open(saved(kata()))
    step = "document.body.dataset.step"
    browser.press("Home")
    assert browser.value(step) == "0"
    browser.press("ArrowRight", "ArrowRight", "ArrowLeft")
    assert browser.value(step) == "1"
    browser.click("#forward")
    assert browser.value(step) == "2"
    browser.press("End", "ArrowUp")
    assert text_of(browser, "#node h2") == "u = x**2 + 1"
    browser.press("ArrowDown")
    assert text_of(browser, "#node h2") == "z = u**3"
    assert "1 · 3 · 5^(3 - 1)" in text_of(browser, "#node")
    assert "node=3" in browser.value("location.hash")
    browser.click('#graph [data-key="n0"]')
    assert text_of(browser, "#node h2") == "x"


@in_a_browser
def test_play_goes_on_by_itself_to_the_end(browser, saved):
    browser.open(saved(kata()), "#step=6")
    browser.click("#play")
    waiting = "new Promise((done) => setTimeout(() => done(document.body.dataset.step), 1500))"
    assert browser.value(waiting) == "7"


@in_a_browser
def test_search_finds_and_shows(browser, saved):
    browser.open(saved(kata()))
    browser.press("/", "u", "*", "*", "Enter")
    assert text_of(browser, "#found") == "1 of 1"
    assert text_of(browser, "#node h2") == "z = u**3"


@in_a_browser
def test_a_path_shows_the_product_of_its_slopes(browser, saved):
    browser.open(saved(kata()), "#leaf=0")
    assert "4 × 1 × 75 = 300" in text_of(browser, "#path")


@in_a_browser
def test_a_number_that_goes_two_ways_gets_the_sum_of_them(browser, saved):
    x = torch.tensor(3.0, requires_grad=True)
    browser.open(saved(page(x * x + x)), "#leaf=0")
    assert "All ways added: 7" in text_of(browser, "#path")


@in_a_browser
def test_groups_open_and_close_by_keys(browser, saved):
    def layer(h):
        return torch.sin(h) * 2 + 1

    h = torch.tensor(1.0, requires_grad=True)
    for _ in range(12):
        h = layer(h)
    browser.open(saved(page(h)))
    count = "document.querySelectorAll('#graph .item').length"
    assert browser.value(count) > 2, "a group that is all of the program is open"
    browser.click("#close-all")
    closed = browser.value(count)
    browser.value("document.querySelector('#graph .group').focus()")
    browser.press("Enter")
    assert browser.value(count) > closed
    browser.click("#close-all")
    assert browser.value(count) == closed


@in_a_browser
def test_everything_that_can_be_pressed_has_a_name(browser, saved):
    browser.open(saved(kata()))
    nameless = (
        "[...document.querySelectorAll('button, input, select, [role=button]')].filter((each) => "
        "!(each.getAttribute('aria-label') || each.labels?.length || each.textContent.trim())).length"
    )
    assert browser.value(nameless) == 0
    assert browser.value("document.querySelectorAll('#graph .item[tabindex=\"0\"]').length") == 1
    label = browser.value("document.querySelector('[data-key=n0]').getAttribute('aria-label')")
    assert label == "leaf x, leaf: its gradient is wanted; value 2; gradient 300"


@in_a_browser
def test_a_browser_runs_nothing_of_a_hostile_name(browser, saved):
    browser.open(saved(hostile()))
    assert browser.value("document.querySelectorAll('img').length") == 0
    assert text_of(browser, "#graph .leaf .title").startswith("</script><img")


@in_a_browser
def test_a_browser_draws_only_what_is_in_the_window(browser, saved):
    x = h = torch.tensor(0.5, requires_grad=True)
    for _ in range(2500):
        h = torch.sin(h) * x
    path = saved(page(h))
    count = "document.querySelectorAll('#graph .item').length"
    browser.open(path)
    assert 1 <= browser.value(count) <= MOST
    browser.click("#open-all")
    assert 1 < browser.value(count) < 80
    browser.press("End", "ArrowLeft", "ArrowLeft")
    assert 1 < browser.value(count) < 80


@in_a_browser
def test_a_notebook_s_frame_shows_the_page(browser, tmp_path):
    notebook = tmp_path / "notebook.html"
    notebook.write_text(f"<!doctype html><meta charset=utf-8><body>{kata()._repr_html_()}</body>", encoding="utf-8")
    browser.open(notebook)
    count = "document.querySelectorAll('#graph .item').length"
    with browser.within_frame("#graph .item"):
        assert browser.value(f"new Promise((done) => setTimeout(() => done({count}), 300))") == 4
