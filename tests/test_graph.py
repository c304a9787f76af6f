"""The Graph: how it prints, what verify refuses, how it is interpreted, what staging captures."""

import numpy as np
import pytest

import wengert as torch
from wengert.core.primitive import TABLE, Primitive
from wengert.errors import GraphError
from wengert.func import grad, jvp, vmap
from wengert.graph import Equation, Graph, Literal, Variable, interpret, stage, verify
from wengert.shapes import Spec

F32 = np.dtype(np.float32)


def spec(*shape, dtype="float32"):
    return Spec(shape, np.dtype(dtype))


# ------------------------------------------------------------------------ golden text


def mlp(x, w, b):
    return torch.relu(x @ w + b).sum()


GOLDEN = {
    "a function of two arguments": (
        lambda: stage(mlp)(torch.ones(2, 3), torch.ones(3, 4), torch.ones(4)),
        """
mlp(a: float32[2, 3], b: float32[3, 4], c: float32[4]) {
  d: float32[2, 4] = matmul a b
  e: float32[2, 4] = add d c
  f: float32[2, 4] = relu e
  g: float32[] = reduce_sum[axes=(0, 1)] f
  return g
}""",
    ),
    "a gradient": (
        lambda: stage(grad(lambda x: torch.sin(x) * x))(torch.tensor(1.0)),
        """
<lambda>(a: float32[]) {
  b: float32[] = constant 1.0
  c: float32[] = sin a
  d: float32[] = multiply b a
  e: float32[] = multiply b c
  f: float32[] = cos a
  g: float32[] = multiply d f
  h: float32[] = add e g
  return h
}""",
    ),
    "numbers, constants and parameters": (
        lambda: stage(lambda x: torch.cat([x * 2.5, x.reshape(3)]) + torch.arange(6.0))(torch.ones(3)),
        """
<lambda>(a: float32[3]) {
  b: float32[6] = constant [0., 1., 2., 3., 4., 5.]
  c: float32[3] = multiply a 2.5
  d: float32[3] = reshape[shape=(3,)] a
  e: float32[6] = concat[axis=0] c d
  f: float32[6] = add e b
  return f
}""",
    ),
    "several outputs, one of them an input, one a number": (
        lambda: stage(lambda x, y: {"first": x, "second": (y > x, 3)})(torch.ones(2), torch.ones(2)),
        """
<lambda>(a: float32[2], b: float32[2]) {
  c: bool[2] = greater b a
  return a, c, 3
}""",
    ),
    "nothing to compute": (lambda: stage(lambda x: x)(Spec((0,), F32)), "<lambda>(a: float32[0]) {\n  return a\n}"),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_how_it_prints(name):
    make, text = GOLDEN[name]
    graph = make()
    assert str(graph) == text.strip()
    assert repr(graph) == str(graph)


def test_names_go_on_after_z():
    def long(x):
        for _ in range(30):
            x = torch.sin(x)
        return x

    text = str(stage(long)(1.0))
    assert "z: float32[] = sin y" in text
    assert "aa: float32[] = sin z" in text
    assert "return ae" in text


def test_its_length_is_that_of_its_equations():
    assert len(stage(torch.sin)(1.0)) == 1
    assert len(stage(lambda x: x)(1.0)) == 0


def test_the_result_is_rebuilt():
    graph = stage(lambda x: {"a": x, "b": [2 * x, None]})(1.0)
    rebuilt = graph.rebuild(interpret(graph, np.float32(3)))
    assert rebuilt == {"a": 3.0, "b": [6.0, None]}


# ------------------------------------------------------------------------ verify


def graph_of(*, inputs=(), constants=(), equations=(), outputs=()):
    return Graph("broken", inputs, dict(constants), equations, outputs)


def sine(out, operand, params=()):
    return Equation([out], TABLE["sin"], [operand], params)


def broken_graphs():
    a, b, c = (Variable(spec(3)) for _ in range(3))
    stranger = Primitive("stranger", family="pointwise", kernel=lambda xp, x: x, arity=1)
    twin = Primitive("sin", family="pointwise", kernel=lambda xp, x: x, arity=1)
    total = TABLE["reduce_sum"]
    return {
        "used before it is defined": (
            graph_of(inputs=[a], equations=[sine(c, b), sine(b, a)], outputs=[c]),
            "equation 0 (sin) uses a variable before it is defined",
        ),
        "never defined": (graph_of(inputs=[a], outputs=[b]), "the outputs uses a variable before it is defined"),
        "an input twice": (
            graph_of(inputs=[a, a], outputs=[a]),
            "an input or constant defines a variable that was defined before",
        ),
        "defined twice": (
            graph_of(inputs=[a], equations=[sine(b, a), sine(b, a)], outputs=[b]),
            "equation 1 (sin) defines a variable that was defined before",
        ),
        "an input defined again": (
            graph_of(inputs=[a], equations=[sine(a, a)], outputs=[a]),
            "equation 0 (sin) defines a variable that was defined before",
        ),
        "a primitive of no table": (
            graph_of(inputs=[a], equations=[Equation([b], stranger, [a], ())], outputs=[b]),
            "equation 0 (stranger): the primitive is not in the table",
        ),
        "a primitive with the name of another": (
            graph_of(inputs=[a], equations=[Equation([b], twin, [a], ())], outputs=[b]),
            "equation 0 (sin): the primitive is not in the table",
        ),
        "too many operands": (
            graph_of(inputs=[a], equations=[Equation([b], TABLE["sin"], [a, a], ())], outputs=[b]),
            "equation 0 (sin) takes 1 operands, got 2",
        ),
        "parameters that are not static": (
            graph_of(inputs=[a], equations=[Equation([b], total, [a], ([0],))], outputs=[b]),
            "equation 0 (reduce_sum): the parameters ([0],) are not static",
        ),
        "too many parameters": (
            graph_of(inputs=[a], equations=[sine(b, a, (1,))], outputs=[b]),
            "equation 0 (sin) takes 0 parameters, got 1",
        ),
        "too few parameters": (
            graph_of(inputs=[a], equations=[Equation([b], total, [a], ())], outputs=[b]),
            "equation 0 (reduce_sum) takes 1 parameters, got 0",
        ),
        "another shape than the rule gives": (
            graph_of(inputs=[a], equations=[Equation([b], total, [a], ((0,),))], outputs=[b]),
            "equation 0 (reduce_sum): its shape rule gives float32[], the graph says float32[3]",
        ),
        "another dtype than the rule gives": (
            graph_of(inputs=[a], equations=[sine(Variable(spec(3, dtype="float64")), a)], outputs=[a]),
            "equation 0 (sin): its shape rule gives float32[3], the graph says float64[3]",
        ),
        "a constant of another spec": (
            graph_of(constants=[(a, np.zeros(4, np.float32))], outputs=[a]),
            "a constant of float32(4,) is said to be float32[3]",
        ),
    }


BROKEN = broken_graphs()


@pytest.mark.parametrize("name", BROKEN)
def test_verify_refuses(name):
    graph, words = BROKEN[name]
    with pytest.raises(GraphError) as caught:
        verify(graph)
    assert str(caught.value) == words


def test_shapes_that_do_not_fit_are_refused_in_the_words_of_the_op():
    a, b, c = Variable(spec(3)), Variable(spec(4)), Variable(spec(3))
    graph = graph_of(inputs=[a, b], equations=[Equation([c], TABLE["add"], [a, b], ())], outputs=[c])
    with pytest.raises(RuntimeError, match=r"must match the size of tensor b \(4\)"):
        verify(graph)


def test_verify_returns_a_graph_that_keeps_the_rules():
    a, b, c = Variable(spec(3)), Variable(spec(3)), Variable(spec(3))
    graph = graph_of(
        inputs=[a],
        constants=[(b, np.ones(3, np.float32))],
        equations=[Equation([c], TABLE["multiply"], [a, Literal(2.0)], ())],
        outputs=[c, b, Literal(1)],
    )
    assert verify(graph) is graph


# ------------------------------------------------------------------------ the interpreter


def test_it_gives_arrays():
    graph = stage(lambda x: (x * 2, x > 1))(torch.ones(2))
    doubled, larger = interpret(graph, np.array([1, 2], np.float32))
    assert (type(doubled), doubled.dtype) == (np.ndarray, F32)
    assert larger.tolist() == [False, True]


def test_it_takes_tensors():
    (found,) = interpret(stage(torch.sin)(0.0), torch.tensor(0.0))
    assert found == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((), "sin takes 1 inputs, got 0"),
        ((np.float32(0), np.float32(0)), "sin takes 1 inputs, got 2"),
        ((np.float64(0),), "sin: an input is float64[], the graph was staged for float32[]"),
        ((np.zeros(2, np.float32),), "sin: an input is float32[2], the graph was staged for float32[]"),
    ],
)
def test_it_refuses_other_inputs(given, words):
    with pytest.raises(GraphError) as caught:
        interpret(stage(torch.sin)(0.0), *given)
    assert str(caught.value) == words


def test_it_does_not_write_into_its_inputs():
    graph = stage(lambda x: (torch.reshape(x, (4,)) * 2, x))(torch.ones(2, 2))
    given = np.ones((2, 2), np.float32)
    interpret(graph, given)
    assert given.tolist() == [[1, 1], [1, 1]]


# ------------------------------------------------------------------------ what staging captures


def test_a_captured_tensor_is_one_constant():
    w = torch.tensor([1.0, 2.0])
    graph = stage(lambda x: x * w + w)(torch.ones(2))
    (array,) = graph.constants.values()
    assert array.tolist() == [1, 2]
    assert len(graph) == 2


def test_two_captured_tensors_are_two_constants():
    graph = stage(lambda x: x * torch.tensor([1.0, 2.0]) + torch.tensor([3.0, 4.0]))(torch.ones(2))
    assert [a.tolist() for a in graph.constants.values()] == [[1, 2], [3, 4]]


def test_a_number_is_a_literal():
    graph = stage(lambda x: x * 2 + 1.5)(1.0)
    assert not graph.constants
    assert [e.operands[1].value for e in graph.equations] == [2, 1.5]


def test_a_captured_tensor_that_requires_grad_stays_as_it_is():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    graph = stage(lambda x: (x * w).sum())(torch.ones(2))
    (found,) = interpret(graph, np.ones(2, np.float32))
    assert found == 3
    assert w.grad is None


def test_arguments_in_containers_and_specs():
    graph = stage(lambda p, n: p["w"] * n[0])({"w": Spec((2,), F32)}, [3])
    assert [repr(v.spec) for v in graph.inputs] == ["float32[2]", "int64[]"]


@pytest.mark.parametrize("wrapped", [grad, vmap, lambda f: lambda x: jvp(f, (x,), (x,))], ids=["grad", "vmap", "jvp"])
def test_a_value_of_an_outer_transform_is_refused_in_a_stage(wrapped):
    def outer(x):
        return stage(lambda y: y * x)(torch.tensor(1.0))

    given = torch.ones(2) if wrapped is vmap else torch.tensor(1.0)
    with pytest.raises(RuntimeError, match=r"stage: a value of (grad|vmap|jvp) from outside is used inside"):
        wrapped(outer)(given)


def test_transforms_inside_a_stage():
    def loss(w, x):
        return torch.tanh(w * x)

    def per_example(w, xs):
        return vmap(grad(loss), in_dims=(None, 0))(w, xs)

    w, xs = torch.tensor(0.5), torch.tensor([1.0, 2.0, 3.0])
    graph = stage(per_example)(w, xs)
    (found,) = interpret(graph, w, xs)
    np.testing.assert_allclose(found, per_example(w, xs).numpy(), rtol=1e-6)


# ------------------------------------------------------------------------ values that are not there


@pytest.mark.parametrize(
    "use",
    [bool, float, int, lambda x: x.item(), lambda x: x.tolist(), lambda x: x if x > 0 else -x, lambda x: x.numpy(),
     np.asarray],
)  # fmt: skip
def test_a_branch_on_a_value_raises_with_advice(use):
    with pytest.raises(RuntimeError) as caught:
        stage(use)(torch.tensor(1.0))
    said = str(caught.value)
    assert said.startswith("stage: the values of this tensor (")
    assert "cannot be printed, converted to a number, or branched on" in said
    assert said.endswith("Try: use torch.where() in place of a branch, or take the value out of the transform.")


def test_picking_by_an_index_that_is_not_known_yet_is_fine():
    graph = stage(lambda x, i: x[i])(torch.ones(3), torch.tensor(0))
    assert interpret(graph, np.array([1, 2, 3], np.float32), np.int64(2))[0] == 3


def test_a_branch_on_a_shape_is_fine():
    graph = stage(lambda x: x.sum() if x.ndim == 1 else x)(torch.ones(2))
    assert len(graph) == 1


def test_printing_a_staged_value_says_what_it_is():
    seen = []
    stage(lambda x: seen.append(repr(x)) or x)(torch.ones(2))
    assert "float32[2]" in seen[0]


def test_an_error_inside_leaves_eager_code_as_it_was():
    with pytest.raises(ZeroDivisionError):
        stage(lambda x: 1 // 0)(1.0)
    assert torch.sin(torch.tensor(0.0)).item() == 0.0


def test_a_staged_value_outside_its_stage_has_no_values():
    kept = []
    stage(lambda x: kept.append(x) or x)(1.0)
    with pytest.raises(RuntimeError, match="the values of this tensor"):
        kept[0].item()
