# ruff: noqa: E501  a snippet shows one family of things in one line
"""torch.testing.assert_close: what it says."""

CASES = {
    "close": """
T = torch.tensor
import importlib; a = importlib.import_module(torch.nn.__name__.partition(".")[0] + ".testing").assert_close
def t(*x, **k):
    try: a(*x, **k); show("ok")
    except Exception as e: show([k.__name__ for k in (AssertionError, TypeError, ValueError) if isinstance(e, k)], str(e))

t(T([1., 2.]), T([1., 2.0000001])); t(T([1., 2.]), T([1., 2.1])); t(T([1., 2.]), T([1., 2., 3.])); t(T([1., 2.]), T([1, 2])); t(1.0, 1.1); t([T(1.), T(2.)], [T(1.), T(3.)])
t({"a": T(1.)}, {"a": T(1.), "b": T(2.)}); t(T([1., nan]), T([1., nan]), equal_nan=True); t(T([1, 2]), T([1, 3])); t(T([1., 2.]), T([1., 2.1]), rtol=0.2, atol=0); t(T([1.]), T([2.]), msg="bad"); t(T([1.]), T([2.]), rtol=1)
t("a", "a"); t(T(1.5), T(2.5)); t([1], [1, 2]); t(T([[1., 2.], [3., 4.]]), T([[1., 2.], [3., 5.]]).double(), check_dtype=False); t(T([1., 2.]), T([1., 2.1]), msg=lambda m: "X " + m); t({"a": [T(1.)]}, {"a": [T(2.)]}); t(1, 2); t(np.ones(2), np.ones(2) * 2); t(T([1.0]).half(), T([1.1]).half()); t(1.0, 1)
""",
    "formats": """
x = torch.ones(2, 3)
torch.zeros_like(x, memory_format=torch.preserve_format), torch.empty_like(x, memory_format=torch.contiguous_format).shape, torch.full_like(x, 2, memory_format=torch.preserve_format), x.clone(memory_format=torch.preserve_format).shape, x.contiguous(memory_format=torch.contiguous_format).shape
_ = torch.manual_seed(0); torch.rand_like(x, memory_format=torch.preserve_format)
""",
}
