"""explain() says in words what happened to a gradient; lint() says what a training loop forgets."""

import warnings
from pathlib import Path

import pytest

import wengert as torch
from wengert.core.primitive import TABLE
from wengert.inspect import derive, draw
from wengert.inspect.formulas import formula, latex, plain


def a_leaf():
    return torch.tensor([1.0, 2.0], requires_grad=True)


def line_of(text):
    """The source line that an explanation shows."""
    return [line.strip() for line in text.splitlines() if line.startswith("    ")]


# ------------------------------------------------------------------ explain


def test_a_leaf_before_and_after_backward():
    w = a_leaf()
    assert "no backward() has reached it yet" in str(torch.explain(w))
    w.sum().backward()
    assert "holds the sum of all gradients" in str(torch.explain(w))


def test_a_result():
    w = a_leaf()
    y = (w * 2).exp()
    text = str(torch.explain(y))
    assert "ExpBackward0" in text
    assert "depends on 1 leaf of shape [2]" in text
    assert "only leaves keep their gradient" in text
    assert line_of(text) == ["y = (w * 2).exp()"]
    y.sum().backward()
    assert "was freed by a backward()" in str(torch.explain(y))


def test_a_result_that_retains_its_gradient():
    y = a_leaf() * 2
    y.retain_grad()
    assert "no backward() has reached it yet; retain_grad() was called" in str(torch.explain(y))
    y.sum().backward()
    assert "holds what arrived" in str(torch.explain(y))


def test_the_line_of_a_detach_is_known():
    w = a_leaf()
    d = w.detach()
    text = str(torch.explain(d))
    assert "cut by detach()" in text
    assert line_of(text) == ["d = w.detach()"]


def test_the_line_of_data_is_known():
    w = a_leaf()
    d = w.data
    assert "cut by .data" in str(torch.explain(d))


def test_integers_have_no_gradient():
    assert "only floating point and complex" in str(torch.explain(a_leaf().argmax()))


def test_inside_no_grad():
    w = a_leaf()
    with torch.no_grad():
        assert "Recording is off here" in str(torch.explain(w * 2))


def test_a_view_made_under_no_grad():
    w = a_leaf()
    with torch.no_grad():
        v = w[:1]
    assert "is a view, made under no_grad()" in str(torch.explain(v))


def test_an_inference_tensor():
    with torch.inference_mode():
        t = torch.ones(2)
    assert "inference_mode" in str(torch.explain(t))


def test_without_lint_the_line_of_no_grad_is_not_known_but_the_way_to_it_is():
    w = a_leaf()
    with torch.no_grad():
        y = w * 2
    assert "wengert.lint()" in str(torch.explain(y.exp()))


def test_under_lint_the_line_of_no_grad_is_known_for_all_that_follows():
    w = a_leaf()
    with torch.lint():
        with torch.no_grad():
            y = w * 2
        z = y.exp() + 1
    text = str(torch.explain(z))
    assert "cut by no_grad()" in text
    assert line_of(text) == ["y = w * 2"]


def test_under_lint_what_was_cut_by_detach_is_known_for_all_that_follows():
    w = a_leaf()
    with torch.lint():
        z = w.detach().exp() * 3
    assert line_of(str(torch.explain(z))) == ["z = w.detach().exp() * 3"]


def test_a_value_of_a_transform():
    seen = []
    torch.func.vmap(lambda x: seen.append(str(torch.explain(x))) or x * x)(torch.ones(2))
    assert "what the transform returns" in seen[0]


def test_what_is_no_tensor():
    with pytest.raises(TypeError, match="must be Tensor, not float"):
        torch.explain(1.0)


# ------------------------------------------------------------------ lint


def linted(program):
    """What lint() reports of a program: pairs of the first line and the source line it points to."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with torch.lint() as found:
            program()
    assert [str(w.message) for w in caught] == found.findings
    assert all(w.category is torch.inspect.LintWarning for w in caught)
    return [(str(w.message).splitlines()[0], source(w)) for w in caught]


def source(warning):
    return Path(warning.filename).read_text(encoding="utf-8").splitlines()[warning.lineno - 1].strip()


def train(steps, *, zero, keep=None):
    w = a_leaf()
    total = 0.0
    for _ in range(steps):
        loss = (w * w).sum()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
        if zero:
            w.grad = None
        if keep is not None:
            total = keep(total, loss)
    return total


def test_a_good_loop_is_silent():
    assert linted(lambda: train(5, zero=True)) == []
    assert linted(lambda: train(5, zero=True, keep=lambda total, loss: total + loss.item())) == []
    assert linted(lambda: train(5, zero=True, keep=lambda total, loss: total + loss.detach())) == []


def test_forgotten_zero_grad():
    ((message, line),) = linted(lambda: train(5, zero=False))
    assert message.startswith("w.grad was added to a gradient that has been used")
    assert line == "loss.backward()"


def test_accumulating_over_batches_is_not_forgetting():
    def program():
        w = a_leaf()
        for _ in range(3):
            for _ in range(4):
                (w * w).sum().backward()
            with torch.no_grad():
                w -= 0.1 * w.grad
            w.grad.zero_()

    assert linted(program) == []


def test_a_total_of_losses_keeps_their_graphs():
    def keep(total, loss):
        return total + loss

    ((message, line),) = linted(lambda: train(5, zero=True, keep=keep))
    assert "whose graph backward() has freed" in message
    assert line == "return total + loss"


def test_a_total_written_in_place_keeps_their_graphs():
    def program():
        w, total = a_leaf(), torch.zeros(())
        for _ in range(3):
            loss = (w * w).sum()
            loss.backward()
            total += loss

    found = linted(program)
    assert found
    assert all(line == "total += loss" for _, line in found)


def test_an_evaluation_without_no_grad_keeps_graphs():
    kept = []

    def program():
        w, total = a_leaf(), 0.0
        for _ in range(20):
            total = total + (w * w).sum()
        kept.append(total)

    ((message, line),) = linted(program)
    assert "none was differentiated" in message
    assert line == "total = total + (w * w).sum()"


def test_a_recurrence_that_is_differentiated_is_silent():
    def program():
        w = a_leaf()
        h = w
        for _ in range(20):
            h = h * w
        h.sum().backward()

    assert linted(program) == []


def test_a_leaf_that_no_loss_reaches():
    keep = []

    def program():
        w, b = a_leaf(), a_leaf()
        keep.append(b)
        loss = (w * b.detach()).sum() + (b * 2).sum().detach()
        loss.backward()

    ((message, line),) = linted(program)
    assert message == "b requires grad and was used, but no backward() reached it: its .grad is None."
    assert line.startswith("loss = (w * b.detach())")


def test_a_leaf_that_is_never_used():
    keep = []

    def program():
        w = a_leaf()
        unused = torch.ones(3, requires_grad=True)
        keep.append(unused)
        (w * w).sum().backward()

    ((message, line),) = linted(program)
    assert "was made and never used" in message
    assert line == "unused = torch.ones(3, requires_grad=True)"


def test_an_error_inside_passes_and_reports_nothing_more():
    with pytest.raises(KeyError), torch.lint():
        raise KeyError


def test_lint_decorates():
    @torch.lint()
    def program():
        return train(2, zero=True)

    program()


def test_lint_looks_at_functions_too():
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    keep = []

    def program():
        w, b = a_leaf(), a_leaf()
        keep.append(b)
        Twice.apply(b)
        Twice.apply(w).sum().backward()

    ((message, _),) = linted(program)
    assert message.startswith("b requires grad and was used")


def test_watching_ends_with_the_block():
    from wengert.core.modes import WATCHING

    before = WATCHING.count
    with torch.lint():
        assert WATCHING.count == before + 1
    assert WATCHING.count == before


# ------------------------------------------------------------------ derivations and drawings


def kata():
    x = torch.tensor(2.0, requires_grad=True)
    u = x**2 + 1
    return x, u**3


def test_a_derivation_can_be_checked_with_pencil_and_paper():
    x, z = kata()
    steps = derive(z, names={"x": x}).steps
    assert [step.operation for step in steps] == ["power", "add", "power"]
    assert steps[0].parts[0].filled == "1 · 3 · 5^(3 - 1)"
    assert [float(step.incoming) for step in steps] == [1, 75, 75]
    assert [part.to for step in steps for part in step.parts] == ["step 2", "step 3", "x.grad"]
    assert steps[0].place.source == "return x, u**3"
    assert r"g \cdot y \cdot {x}^{y - 1} = 75" in derive(z).latex()
    assert "| 1 | power |" in derive(z).markdown()
    assert x.grad is None
    z.backward()
    assert x.grad.item() == 300


def test_a_derivation_adds_up_what_reaches_a_leaf():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    found = derive((w * w).sum() + w.sum(), names={"w": w})
    (arrival,) = found.arrivals
    assert arrival.total.tolist() == [3.0, 5.0]
    assert "w.grad = " in str(found)
    assert "[3, 5]" in str(found)


def test_explain_shows_the_derivation_of_a_number():
    x, z = kata()
    assert "for x: g · y · x^(y - 1) = 1 · 3 · 5^(3 - 1) = 75" in str(torch.explain(z))
    z.backward()
    assert torch.explain(z).derivation is None
    assert x.grad is not None


@pytest.mark.parametrize("name", [n for n, row in TABLE.items() if row.family == "pointwise" and row.differentiable])
def test_the_rule_of_every_pointwise_row_has_a_text(name):
    for rule in TABLE[name].pulls:
        tree = formula(rule)
        assert rule is None or (tree is not None and plain(tree) and latex(tree))


def test_drawings_are_the_same_every_time_and_escape_names():
    x, z = kata()
    names = {'<script>alert("1")</script>': x}
    first, again = draw(z, names=names), draw(z, names=names)
    assert (first.svg, first.dot, first.mermaid) == (again.svg, again.dot, again.mermaid)
    assert "<script>" not in first.svg
    assert "<script>" not in first.mermaid
    assert r"\"1\"" in first.dot
    assert len(first.boxes) == 5
    assert first.arrows == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert first._repr_svg_().startswith("<svg")


def test_a_drawing_is_saved(tmp_path):
    _, z = kata()
    for ending, start in ((".svg", "<svg"), (".dot", "digraph"), (".mmd", "flowchart")):
        path = tmp_path / f"graph{ending}"
        draw(z).save(path)
        assert path.read_text(encoding="utf-8").startswith(start)
    with pytest.raises(ValueError, match=r"saved as .svg, .dot or .mmd, not as .png"):
        draw(z).save(tmp_path / "graph.png")


# ------------------------------------------------------------------ functions


def test_explain_shows_what_the_passes_make_of_a_compiled_function():
    pytest.importorskip("llvmlite", reason="loops need llvmlite")
    f = torch.compile(lambda x: torch.nn.functional.layer_norm(x, (3,)).sum())
    for _ in range(2):
        f(torch.ones(2, 3))
    said = str(torch.explain(f))
    assert "2 operations as written" in said
    assert said.index("standardise[axes=(1,)") < said.index("after expand: 14 operations") < said.index("as loops:")


def test_explain_shows_the_graph_of_a_transform_for_arguments():
    said = str(torch.explain(torch.func.grad(lambda x: (x * x).sum()), torch.ones(2)))
    assert "operations as written" in said
    assert said.splitlines()[-1] == "    store b", "x + x is one operation in the end"


def test_a_function_that_was_not_called_yet_says_so():
    with pytest.raises(ValueError, match="nothing is recorded yet"):
        torch.explain(torch.compile(torch.sin))
