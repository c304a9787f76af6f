"""A row with several results: one node, each result with a place of its own in the graph."""

import numpy as np
import pytest

import wengert as torch
from wengert.compiler import native
from wengert.func import grad, jvp, vmap
from wengert.graph import stage
from wengert.ops.decompositions import eigh
from wengert.testing.results import single_results

A = torch.tensor([[2.0, 0.3, -0.4], [0.3, -1.0, 0.2], [-0.4, 0.2, 0.5]], dtype=torch.float64)


def a_leaf():
    return A.clone().requires_grad_()


def test_the_results_share_a_node():
    a = a_leaf()
    w, v = eigh(a)
    assert w.grad_fn is v.grad_fn
    assert (w.output_nr, v.output_nr) == (0, 1)
    assert w.grad_fn.name() == "LinalgEighBackward0"
    assert w.grad_fn.next_functions[0][0].variable is a


def test_the_gradients_in_every_way():
    assert torch.autograd.gradcheck(eigh, a_leaf(), check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(eigh, a_leaf(), check_fwd_over_rev=True)


def test_one_result_alone_asks_nothing_of_the_other():
    equal = torch.eye(3, dtype=torch.float64, requires_grad=True)  # the vectors have no derivative here
    (g,) = torch.autograd.grad((eigh(equal)[0] ** 2).sum(), equal)
    assert (g == 2 * torch.eye(3, dtype=torch.float64)).all()


def test_overwriting_a_result_that_is_saved():
    a = a_leaf()
    w, v = eigh(a)
    v.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation") as caught:
        w.sum().backward()
    assert "It was saved by eigh" in str(caught.value)
    assert "written by mul_" in str(caught.value)


def test_a_second_backward_is_refused():
    a = a_leaf()
    w, v = eigh(a)
    w.sum().backward()
    with pytest.raises(RuntimeError, match="a second time"):
        v.sum().backward()


def test_hooks_of_the_node_see_all_places():
    a = a_leaf()
    w, _ = eigh(a)
    seen = []
    w.grad_fn.register_prehook(lambda gs: seen.append([g is None for g in gs]))
    w.grad_fn.register_hook(lambda gi, go: seen.append((len(gi), len(go))))
    w.sum().backward()
    assert seen == [[False, True], (1, 2)]


def test_packed_and_checkpointed():
    a = a_leaf()
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.clone(), lambda t: t):
        w, _ = eigh(a)
    packed = torch.autograd.grad(w[0], a)[0]
    again = torch.utils.checkpoint.checkpoint(lambda a: eigh(a)[0][0], a)
    assert torch.equal(packed, torch.autograd.grad(again, a)[0])


def test_an_edge_of_the_second_place():
    a = a_leaf()
    w, v = eigh(a)
    edge = torch.autograd.graph.get_gradient_edge(v)
    assert edge.output_nr == 1
    total = (v * w).sum()
    by_edge, by_tensor = torch.autograd.grad(total, [edge, v])
    assert torch.equal(by_edge, by_tensor)


def test_transforms():
    def f(a):
        w, v = eigh(a)
        return (w * v[0] ** 2).sum()  # is a[0, 0]

    assert torch.allclose(grad(f)(A), grad(lambda a: a[0, 0])(A))
    assert torch.allclose(vmap(f)(torch.stack([A, A + 1])), torch.tensor([2.0, 3.0], dtype=torch.float64))
    assert torch.allclose(jvp(f, (A,), (A,))[1], A[0, 0])


def test_a_graph_has_an_equation_with_several_variables():
    graph = stage(eigh)(A)
    assert "b: float64[3], c: float64[3, 3] = eigh a" in str(graph)
    for run in (graph, native(graph)):
        for got, want in zip(run(A), eigh(A), strict=True):
            assert torch.equal(got, want)


def test_inference_mode():
    with torch.inference_mode():
        w, v = eigh(A)
    assert w.is_inference()
    assert v.is_inference()


def test_complex_matrices():
    a = np.array([[2.0, 0.3 - 0.5j], [0.3 + 0.5j, -1.0]])
    assert torch.autograd.gradcheck(lambda a: eigh(a)[0], torch.tensor(a, requires_grad=True))


def test_every_result_keeps_the_laws():
    assert [row.name for row in single_results(eigh.primitive)] == ["eigh.0", "eigh.1"]
