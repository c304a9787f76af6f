"""The flame view of a profile, and groups by module: what is known of them, and that a browser shows it."""

import json
import linecache

import pytest
from tests.browser import in_a_browser, text_of
from tests.programs import ROOT, wengert
from tests.test_page import HOSTILE, Tags

import wengert as torch
from wengert.inspect import page, profile, remember
from wengert.inspect.pages.flames import MOST, flame_of
from wengert.inspect.profiling import PYTHON, Profile, Total
from wengert.inspect.stacks import Called, Stacks


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(3, 3)
        self.last = torch.nn.Linear(3, 3, bias=False)

    def forward(self, x):
        h = self.inner(x).relu()
        return x + self.last(h)


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(Block(), Block())


def profiled(steps=2, net=None):
    net = net or network()
    with profile() as seen:
        for _ in range(steps):
            loss = net(torch.ones(4, 3)).square().sum()
            loss.backward(retain_graph=True)
    return seen, loss


def paths(found):
    """For each row of a flame the titles of its frames, its operation and its way."""

    def titles(stack):
        if stack < 0:
            return ()
        parent, frame = found["stacks"][stack]
        return (*titles(parent), found["frames"][frame]["title"])

    return {(titles(stack), name, way): rest for stack, name, way, *rest in found["rows"]}


# ------------------------------------------------------------------ what is known


def test_an_operation_has_the_lines_and_the_modules_that_led_to_it():
    found = paths(flame_of(profiled()[0]))
    line = "loss = net(torch.ones(4, 3)).square().sum()"
    inside = (line, "net", "0", "h = self.inner(x).relu()")
    assert (inside, "relu", 0) in found
    assert (inside, "relu", 1) in found, "the backward pass, at the line that was run forward"
    assert ((*inside, "0.inner"), "matmul", 0) in found
    assert ((line,), "square", 0) in found
    assert all(rest[0] == 2 for (_, _, way), rest in found.items() if way < 2), "two steps"


def test_a_flame_adds_up_to_the_table():
    seen, _ = profiled()
    rows = flame_of(seen)["rows"]
    for row in seen.rows():
        mine = [each for each in rows if each[1] == row.key]
        assert sum(each[3] for each in mine) == row.calls
        assert sum(each[4] for each in mine) == pytest.approx((row.forward + row.backward) * 1e6, abs=0.1)
        assert sum(each[5] for each in mine) == row.made
        assert sum(each[6] for each in mine) == row.saved


def test_the_time_before_a_pass_is_not_its_first_operation_s():
    x = torch.ones(3, requires_grad=True)
    with profile() as seen:
        for _ in range(2):
            sum(range(2_000_000))  # as an optimizer's step, or the loading of data
            x.exp().sum().backward()
    between = seen.totals[-1, PYTHON, PYTHON]
    (exp,) = [row for row in seen.rows() if row.key == "exp"]
    assert between.calls == 2
    assert between.time > 10 * exp.forward


def test_time_between_operations_is_told_from_theirs_where_it_is_long():
    x = torch.ones(3, requires_grad=True)
    with profile() as seen:
        y = x.exp()
        sum(range(2_000_000))
        y.log()
    (log,) = [row for row in seen.rows() if row.key == "log"]
    waiting = [total for (stack, _, way), total in seen.totals.items() if way == PYTHON and stack >= 0]
    assert sum(each.time for each in waiting) > 10 * log.forward


def test_what_was_made_before_the_profile_has_its_own_line():
    x = torch.ones(3, requires_grad=True)
    loss = x.exp().sum()
    with profile() as seen:
        loss.backward()
    assert (("loss = x.exp().sum()",), "exp", 1) in paths(flame_of(seen))


def test_a_profile_sees_functions_and_lets_go_of_modules():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, g):
            return 2 * g

    x = torch.ones(3, requires_grad=True)
    with profile() as seen:
        Double.apply(x).sum().backward()
    assert any(name.startswith("Double") and way == "backward" for _, name, way in seen.totals)
    assert profiled()[0].stacks._trees == {}


def test_deep_recursion_and_many_rows_have_an_end():
    seen = Profile()
    seen.totals = {(-1, f"op {i}", "forward"): Total() for i in range(MOST + 5)}
    for total in seen.totals.values():
        total.add(1e-6)
    rows = flame_of(seen)["rows"]
    assert len(rows) == MOST + 1
    assert rows[-1][:4] == [-1, "all others", 0, 5]

    def deep(x, n):
        return deep(x, n - 1) if n else x.exp()

    with profile() as seen:
        deep(torch.ones(1, requires_grad=True), 400)
    assert len(seen.stacks.frames) <= 200


def test_modules_without_a_name_have_that_of_their_class():
    def enter(module):
        return module(torch.ones(2, 3))

    class Reads(torch.nn.Module):
        def forward(self, x):
            found.append(stacks.modules(stacks.at(__import__("sys")._getframe())))
            return x

    stacks, found = Stacks(), []
    enter(torch.nn.Sequential(Reads()))
    enter(Reads())
    assert found == [
        (Called("module", "Sequential"), Called("0", "Reads")),
        (Called("module", "Reads"),),
    ]


# ------------------------------------------------------------------ groups by module


def module_groups(found):
    """For each group its title, and the operations in it."""
    data = found.passes[0]
    groups = data["groupings"]["module"]["groups"]
    return {g["title"]: [n["operation"] for n in data["nodes"][g["first"] : g["last"] + 1]] for g in groups}


def test_modules_that_were_remembered_are_groups():
    net = network()
    with remember():
        loss = net(torch.ones(4, 3, requires_grad=True)).square().sum()
    found = page(loss)
    groups = module_groups(found)
    assert found.passes[0]["groupings"]["modules known by"] == "calls"
    assert list(groups) == [
        "net: Sequential",
        *("0: Block", "0.inner: Linear", "0.last: Linear"),
        *("1: Block", "1.inner: Linear", "1.last: Linear"),
    ]
    assert groups["0.inner: Linear"] == ["permute", "matmul", "add"]
    assert groups["0: Block"] == ["permute", "matmul", "add", "relu", "permute", "matmul", "add"]
    assert "square" not in groups["net: Sequential"]


def test_modules_that_were_not_are_inferred_from_their_parameters():
    net = network()
    loss = net(torch.ones(4, 3)).square().sum()
    found = page(loss)
    groups = module_groups(found)
    assert found.passes[0]["groupings"]["modules known by"] == "parameters"
    assert groups["1.inner: Linear"] == ["permute", "matmul", "add"]
    assert groups["1: Block"][:6] == ["permute", "matmul", "add", "relu", "permute", "matmul"]
    assert not {"square", "reduce_sum"} & set(groups["net: Sequential"])


def test_a_module_that_the_caller_does_not_see_can_be_named():
    def loss():
        net = network()
        return net, net(torch.ones(4, 3)).sum()

    assert "net: Sequential" not in module_groups(page(loss()[1]))
    (model, result) = loss()
    assert "net: Sequential" in module_groups(page(result, names={"net": model}))


def test_a_program_without_modules_has_no_groups_of_them():
    x = torch.ones(1, requires_grad=True)
    for _ in range(40):
        x = x * 2
    assert module_groups(page(x)) == {}


def test_groups_lie_within_one_another_on_the_tape():
    net = network()
    for found in (page(net(torch.ones(4, 3)).sum()), page(torch.ones(1, requires_grad=True).exp())):
        grouping = found.passes[0]["groupings"]["module"]
        for number, group in enumerate(grouping["groups"]):
            if group["parent"] >= 0:
                around = grouping["groups"][group["parent"]]
                assert group["parent"] < number
                assert around["first"] <= group["first"] <= group["last"] <= around["last"]


# ------------------------------------------------------------------ the file and the command


def hostile_profile():
    """A profile of a program whose text, whose file and whose modules are called something nasty."""
    file = f"/x/{HOSTILE}.py"
    text = f"def run(x):\n    return x.exp()  # {HOSTILE}\n"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names = {}
    exec(compile(text, file, "exec"), names)
    module = type(HOSTILE, (torch.nn.Module,), {"forward": lambda self, x: names["run"](x)})()
    with profile() as seen:
        module(torch.ones(3, requires_grad=True)).sum().backward()
    return seen


def test_hostile_names_stay_text_in_a_profile_too():
    parsed = Tags(page(hostile_profile()).html)
    (data,) = [text for _, kind, text in parsed.texts if kind == "application/json"]
    assert "<" not in data
    assert HOSTILE in {frame["within"] for frame in json.loads(data)["flame"]["frames"]}
    assert "onerror" not in "".join(parsed.outside)


def test_a_page_says_what_it_shows_and_refuses_what_it_cannot():
    seen, loss = profiled()
    assert repr(page(seen)).startswith(f"<Page of a profile of {len(seen.events)} operations;")
    assert "1 backward passes" in repr(page(loss, profile=seen))
    assert page(loss).flame is None
    assert page(Profile()).flame is None
    assert str(ROOT) not in page(loss, profile=seen).html


def test_the_page_of_a_script_has_its_times_and_its_modules(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import torch\nnet = torch.nn.Linear(2, 1)\nfor _ in range(30):\n    loss = net(torch.ones(1, 2)).sum()\n"
        "    loss.backward()\n"
    )
    done = wengert("run", "--inspect", tmp_path / "out.html", script)
    assert done.returncode == 0, done.stderr
    (data,) = [t for _, kind, t in Tags((tmp_path / "out.html").read_text()).texts if kind == "application/json"]
    data = json.loads(data)
    assert [g["title"] for g in data["passes"][0]["groupings"]["module"]["groups"]] == ["net: Linear"]
    found = paths(data["flame"])
    assert found[("loss = net(torch.ones(1, 2)).sum()", "net"), "matmul", 0][0] == 30, "all of it, not the first 20"
    assert {frame["where"].split(":")[0] for frame in data["flame"]["frames"]} == {"script.py", ""}


# ------------------------------------------------------------------ in a browser


def blocks(browser):
    return browser.value("[...document.querySelectorAll('#flame .block text')].map((each) => each.textContent)")


def choose(browser, name, value):
    browser.value(
        f"{{ const choice = document.getElementById('{name}'); choice.value = '{value}'; "
        "choice.dispatchEvent(new Event('change')); }"
    )


@in_a_browser
def test_a_browser_draws_a_profile(browser, saved):
    browser.open(saved(page(profiled(20)[0])))
    assert browser.value("document.getElementById('views').hidden")
    assert "where " in text_of(browser, "h1")
    shown = " ".join(blocks(browser))
    assert "forward" in shown
    assert "net: Sequential" in shown
    assert "everything" in text_of(browser, "#flame-trail")
    for choice, value in (("measure", "saved"), ("frames", "module"), ("ways", "together")):
        choose(browser, f"flame-{choice}", value)
    shown = " ".join(blocks(browser))
    assert "loss =" not in shown
    assert "net: Sequential" in shown
    assert "B" in text_of(browser, "#flame-inside td.number")


@in_a_browser
def test_keys_zoom_and_come_back(browser, saved):
    browser.open(saved(page(profiled(20)[0])))
    trail = "document.querySelector('#flame-trail .here').textContent"
    browser.press("ArrowDown", "ArrowDown", "Enter")
    assert browser.value(trail) == "forward"
    browser.press("ArrowDown", "ArrowDown", "Enter")
    assert browser.value(trail) == "net: Sequential"
    assert text_of(browser, "#flame-block h2") == "net: Sequential"
    browser.press("Escape")
    assert browser.value(trail).startswith("loss = net(")
    browser.press("Home")
    assert browser.value(trail) == "everything"
    browser.click("#flame-inside .link")
    assert browser.value(trail) == "forward"
    browser.click("#flame-trail .link")
    assert browser.value(trail) == "everything"


@in_a_browser
def test_search_marks_blocks_and_says_their_share(browser, saved):
    browser.open(saved(page(profiled(20)[0])))
    browser.press("/", *"inner")
    assert "found, " in text_of(browser, "#found")
    assert browser.value("document.querySelectorAll('#flame .found').length") >= 1
    browser.press("Enter")
    assert text_of(browser, "#found").startswith("1 of ")
    assert "inner" in text_of(browser, "#flame-block h2")


@in_a_browser
def test_both_views_are_there_and_groups_can_be_chosen(browser, saved):
    net = network()
    seen, loss = profiled(20, net)
    browser.open(saved(page(loss, profile=seen)))
    assert "by module" in text_of(browser, "#grouping")
    titles = "[...document.querySelectorAll('#graph .title')].map((each) => each.textContent).join()"
    browser.click("#close-all")
    assert "net: Sequential" in browser.value(titles)
    choose(browser, "grouping", "none")
    assert "net: Sequential" not in browser.value(titles)
    browser.click("#see-time")
    assert browser.value("document.getElementById('graph-view').hidden")
    assert "view=time" in browser.value("location.hash")
    browser.click("#see-graph")
    assert browser.value("document.getElementById('time-view').hidden")
    browser.value("new Promise((done) => { location.hash = '#view=time'; setTimeout(done, 200); })")
    assert browser.value("document.getElementById('graph-view').hidden")


@in_a_browser
def test_every_block_says_what_it_is_and_one_is_in_the_tab_order(browser, saved):
    browser.open(saved(page(profiled(20)[0])))
    labels = browser.value("[...document.querySelectorAll('#flame .block')].map((b) => b.getAttribute('aria-label'))")
    assert all("% of everything" in label for label in labels)
    assert browser.value("document.querySelectorAll('#flame .block[tabindex=\"0\"]').length") == 1
    assert browser.value("document.querySelectorAll('#flame-inside tr').length") >= 3


@in_a_browser
def test_a_browser_runs_nothing_of_a_hostile_program(browser, saved):
    browser.open(saved(page(hostile_profile())))
    assert browser.value("document.querySelectorAll('img').length") == 0
    titles = browser.value("[...document.querySelectorAll('#flame title')].map((each) => each.textContent)")
    assert any("<img" in text for text in titles)


@in_a_browser
def test_many_narrow_blocks_become_few_and_each_can_be_reached(browser, saved):
    seen = Profile()
    for i in range(10_000):
        seen.totals[-1, f"op {i}", "forward"] = total = Total()
        total.add(1e-6)
    browser.open(saved(page(seen)))
    browser.press("ArrowDown", "ArrowDown")
    for _ in range(6):
        assert browser.value("document.querySelectorAll('#flame .block').length") <= 2500
        if text_of(browser, "#flame-block p") == "operation":
            break
        browser.press("Enter", "ArrowDown")
    assert text_of(browser, "#flame-block p") == "operation"
