"""page: what it says of a graph, and that nothing in it can run but its own program."""

import base64
import hashlib
import html
import json
from html.parser import HTMLParser

import numpy as np
import pytest
from tests.programs import ROOT, wengert

import wengert as torch
from wengert.inspect import Page, derive, page, remember
from wengert.inspect.pages.grouping import MOST, Step, groups_of, repetition
from wengert.inspect.pages.recording import recorded
from wengert.inspect.pages.sources import short_files, shortened
from wengert.inspect.pages.values import shown
from wengert.inspect.pages.writing import PROGRAM, part


def kata():
    x = torch.tensor(2.0, requires_grad=True)
    u = x**2 + 1
    z = u**3
    return page(z)


def nodes_of(found, number=0):
    return {node["title"]: node for node in found.passes[number]["nodes"]}


# ------------------------------------------------------------------ what it says


def test_the_nodes_of_the_kata_have_code_values_and_gradients():
    found = [(node["title"], node["value"]["brief"], node["gradients"][-1][1]) for node in kata().passes[0]["nodes"]]
    assert found == [
        ("x", "2", "300"),
        ("x**2", "4", "75"),
        ("u = x**2 + 1", "5", "75"),
        ("z = u**3", "125", "1"),
    ]


def test_the_rules_of_the_kata_are_filled_in_and_have_slopes():
    nodes = nodes_of(kata())
    (part,) = nodes["z = u**3"]["parts"]
    assert (part["rule"], part["filled"], part["value"]) == ("g · y · x^(y - 1)", "1 · 3 · 5^(3 - 1)", "75")
    assert [node["parts"][0]["local"] for node in list(nodes.values())[1:]] == [4, 1, 75]


def test_gradients_are_there_from_the_step_on_in_which_they_arrive():
    data = kata().passes[0]
    assert (data["forward"], data["backward"]) == (3, [3, 2, 1])
    assert [node["gradients"][0][0] for node in data["nodes"]] == [7, 6, 5, 4]


def test_a_gradient_that_arrives_in_parts_is_added_up():
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    (leaf, _) = page(y + x).passes[0]["nodes"][:2]
    assert [brief for _, brief, _ in leaf["gradients"]] == ["1", "4", "7"]


def test_data_is_shown_with_the_name_of_its_variable():
    w = torch.tensor(2.0, requires_grad=True)
    sqft = torch.tensor([1.0, 2.0, 3.0])
    loss = (w * sqft).sum()
    nodes = nodes_of(page(loss))
    assert nodes["sqft"]["kind"] == "data"
    assert [0, "x"] in nodes["w * sqft"]["parents"]
    assert [1, "y"] in nodes["w * sqft"]["parents"]
    assert nodes["w * sqft"]["parts"][0]["rule"] == "sum of g · y"


def test_leaves_in_modules_lists_and_dictionaries_have_names():
    net = torch.nn.Sequential(torch.nn.Linear(2, 1))
    more = [torch.ones(1, requires_grad=True)]
    by_name = {"a": torch.ones(1, requires_grad=True)}
    loss = (net(torch.ones(3, 2)) * more[0] + by_name["a"]).sum()
    leaves = {node["title"] for node in page(loss).passes[0]["nodes"] if node["kind"] == "leaf"}
    assert leaves == {"net.0.weight", "net.0.bias", "more[0]", "by_name['a']"}


def test_values_that_the_graph_does_not_keep_are_remembered_or_left_out():
    x = torch.tensor(2.0, requires_grad=True)
    five = torch.tensor(5.0)
    lost = x + five
    assert nodes_of(page((lost + 1) + 1))["lost = x + five"]["value"] is None
    with remember():
        kept = x + five
    assert nodes_of(page((kept + 1) + 1))["kept = x + five"]["value"]["brief"] == "7"


def test_memory_is_counted_once_and_by_line():
    x = torch.ones(100, requires_grad=True)
    y = torch.exp(x)
    loss = (y * y).sum()
    nodes = nodes_of(page(loss))
    assert nodes["y = torch.exp(x)"]["kept"] == 400
    assert nodes["y * y"]["kept"] == 0
    assert [line["kept"] for line in page(loss).passes[0]["lines"]] == [400, 0]


def test_functions_with_several_results_custom_functions_and_hooks_are_shown():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, g):
            return 2 * g

    x = torch.arange(4.0, requires_grad=True)
    first, second = x.split(2)
    loss = (Double.apply(first) * second).sum()
    nodes = nodes_of(page(loss))
    assert nodes["x"]["gradients"][-1][1] == "[4, 6, 0, 2]"
    assert any(node["node"].startswith("Double") for node in nodes.values())


def test_a_page_changes_nothing():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (x.exp() * x).sum()
    page(loss)
    assert x.grad is None
    loss.backward()
    np.testing.assert_allclose(x.grad.numpy(), np.exp([1.0, 2.0]) * [2.0, 3.0], rtol=1e-6)


@pytest.mark.parametrize("look", [page, derive])
def test_what_retain_grad_keeps_is_not_counted_twice(look):
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    y.retain_grad()
    loss = (y * y).sum()
    look(loss)
    assert y.grad is None
    loss.backward()
    assert y.grad.tolist() == [4, 4, 4]


def test_what_has_no_graph_any_more_is_refused_with_advice():
    x = torch.tensor(2.0, requires_grad=True)
    loss = x**2
    loss.backward()
    with pytest.raises(RuntimeError, match="freed") as raised:
        page(loss)
    assert "Try: ask for the page before" in str(raised.value)
    with pytest.raises(RuntimeError, match="does not require grad"):
        page(torch.tensor(1.0))
    with pytest.raises(TypeError, match="argument must be Tensor or Profile, not float"):
        page(1.0)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_not_a_number_and_infinity_are_said_and_stay_out_of_the_json():
    x = torch.tensor(0.0, requires_grad=True)
    found = page(torch.log(x) * 0)
    json.loads(json.dumps(found.passes, allow_nan=False))
    assert nodes_of(found)["torch.log(x)"]["value"]["brief"] == "-inf"


def test_expressions_that_are_long_lose_their_inner_parts():
    assert shortened("((prediction - price) ** 2).mean()", 24) == "(… ** 2).mean()"
    assert shortened("function(" + ", ".join("abcdefgh") + ", 'a long text')", 20).endswith("…")
    assert len(shortened("not python " * 10)) == 30


def test_files_are_named_without_the_folders_of_the_machine():
    assert short_files({"/home/me/train.py"}) == {"/home/me/train.py": "train.py"}
    assert short_files({"<stdin>"}) == {"<stdin>": "<stdin>"}
    assert str(ROOT) not in kata().html


@pytest.mark.parametrize("array", [np.arange(100.0), np.full(3, 1e-30), np.array([-1.25e10] * 9), np.ones(2, bool)])
def test_a_brief_text_fits_into_its_box(array):
    assert len(shown(array).brief) <= 14


# ------------------------------------------------------------------ groups


def test_many_operations_become_few_groups_and_each_lies_within_its_parent():
    steps = [Step("main", i, "<module>", i) for i in range(5000)]
    groups, inner = groups_of(steps)
    outer = [g for g in groups if g.parent == -1]
    assert 1 < len(outer) <= MOST
    for number, group in enumerate(groups):
        if group.parent >= 0:
            around = groups[group.parent]
            assert group.parent < number
            assert around.first <= group.first <= group.last <= around.last
        children = sum(g.parent == number for g in groups)
        assert children + inner.count(number) <= MOST + 1
    assert sorted({i for g in outer for i in range(g.first, g.last + 1)}) == list(range(5000))


def test_functions_that_take_turns_become_rounds():
    one = [Step("cell", 2, "cell", 1), Step("cell", 4, "cell", 2), Step("main", 8, "<module>", 9)]
    groups, _ = groups_of(one * 20)
    assert [g.title for g in groups][:3] == ["round 1: cell() 1–3", "cell()", "round 2: cell() 4–6"]
    assert repetition("ab" * 3 + "c") == (2, 0, 6)


def test_a_small_program_without_functions_has_no_groups():
    steps = [Step("main", i, "<module>", i) for i in range(20)]
    assert groups_of(steps) == ([], [-1] * 20)


# ------------------------------------------------------------------ the file

HOSTILE = "</script><img src=x onerror=alert(1)><!--<script>'\"&\u2028"


class Tags(HTMLParser):
    """The tags of a page, its policy, and the texts of its scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.policy, self.texts, self.inside, self.outside = [], "", [], None, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"]
        self.inside = tag if tag in {"script", "style"} else None
        if self.inside:
            self.texts.append([tag, attributes.get("type", ""), ""])

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside:
            self.texts[-1][2] += data
        else:
            self.outside.append(data)


def hostile():
    x = torch.tensor(2.0, requires_grad=True)
    return page(x**2, names={HOSTILE: x})


def test_hostile_names_stay_text():
    parsed = Tags(hostile().html)
    plain = Tags(kata().html)
    assert [tag for tag, _ in parsed.tags] == [tag for tag, _ in plain.tags]
    assert "onerror" not in "".join(parsed.outside)
    (data,) = [text for _, kind, text in parsed.texts if kind == "application/json"]
    assert "<" not in data
    assert json.loads(data)["passes"][0]["nodes"][0]["title"] == HOSTILE


def test_the_policy_allows_the_page_s_own_texts_and_nothing_else():
    parsed = Tags(kata().html)
    for tag, kind, text in parsed.texts:
        if kind != "application/json":
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in parsed.policy
    assert parsed.policy.startswith("default-src 'none';")
    assert "unsafe" not in parsed.policy
    assert "base-uri 'none'" in parsed.policy


def test_the_page_loads_nothing_and_styles_nothing_in_place():
    parsed = Tags(kata().html)
    for tag, attributes in parsed.tags:
        assert tag not in {"link", "img", "iframe", "object", "base"}
        assert not attributes.keys() & {"src", "href", "style"}
        assert not any(name.startswith("on") for name in attributes)


def test_the_program_of_the_page_only_ever_sets_text():
    program = "".join(part(name) for name in PROGRAM)
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "fetch("):
        assert word not in program


def test_the_same_program_gives_the_same_page():
    assert kata().html == kata().html


def test_a_page_is_saved_and_shown_in_notebooks(tmp_path):
    found = kata()
    found.save(tmp_path / "graph.html")
    assert (tmp_path / "graph.html").read_bytes() == found.html.encode()
    frame = found._repr_html_()
    assert 'sandbox="allow-scripts"' in frame
    assert found.html in html.unescape(frame)
    assert repr(found) == "<Page of 1 backward passes, 4 nodes; save('graph.html') writes it>"
    assert isinstance(found, Page)


# ------------------------------------------------------------------ the command


def test_a_script_s_backward_passes_are_written_when_it_ends(tmp_path):
    target = tmp_path / "kata.html"
    done = wengert("run", "--inspect", target, "tests/kata/kata.py")
    assert done.returncode == 0
    assert done.stdout == (ROOT / "tests/kata/kata.expected.txt").read_text()
    assert "shows 13 of 13 backward passes" in done.stderr
    text = target.read_text(encoding="utf-8")
    (data,) = [text for _, kind, text in Tags(text).texts if kind == "application/json"]
    passes = json.loads(data)["passes"]
    assert passes[1]["title"].startswith("line 20: z.backward()")
    assert [n["title"] for n in passes[2]["nodes"] if n["kind"] == "data"] == ["sqft", "price"]


def test_a_script_that_fails_still_leaves_its_page(tmp_path):
    script = tmp_path / "fails.py"
    script.write_text("import torch\nx = torch.ones(1, requires_grad=True).sum()\nx.backward()\nraise SystemExit(3)\n")
    done = wengert("run", "--inspect", tmp_path / "out.html", script)
    assert done.returncode == 3
    assert (tmp_path / "out.html").exists()


def test_no_page_is_written_where_there_is_nothing_to_show(tmp_path):
    script = tmp_path / "nothing.py"
    script.write_text("print(1)\n")
    done = wengert("run", "--inspect", tmp_path / "out.html", script)
    assert done.returncode == 0
    assert "was not written" in done.stderr
    done = wengert("run", "--inspect", tmp_path / "no" / "out.html", script)
    assert done.returncode == 2
    assert "Try: make it first" in done.stderr


def test_of_many_passes_the_first_are_kept():
    x = torch.tensor(1.0, requires_grad=True)
    with recorded() as found:
        for _ in range(30):
            (x * x).backward()
    assert (len(found.passes), found.seen) == (20, 30)
    assert x.grad.item() == 60
