"""The shape of the source: who may import whom, how long things may be, what the public names are."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

import wengert
import wengert.distributions
import wengert.fft
import wengert.io
import wengert.linalg
import wengert.optim
import wengert.signal.windows
import wengert.special
import wengert.utils.data
import wengert.utils.tensorboard
from wengert.core.places import PACKAGES
from wengert.functions import catalog

ROOT = Path(wengert.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
NAMES = {path: ".".join(("wengert", *path.relative_to(ROOT).with_suffix("").parts)) for path in FILES}

LAYERS = [
    {"errors", "names", "version"},
    {"dtypes", "shapes", "trees"},
    {"core"},
    {"native"},
    {"ops"},
    {"functions"},
    {"graph", "transforms", "compiler", "inspect"},
    {
        "amp",
        "autograd",
        "backends",
        "cuda",
        "distributions",
        "fft",
        "func",
        "io",
        "jit",
        "linalg",
        "masked",
        "nn",
        "random",
        "signal",
        "special",
        "optim",
        "utils",
        "testing",
        "standin",
        "usage",
        "cli",
        "__main__",
        "__init__",
    },
]
"""Each may import what stands above it, and its own layer as far as ORDER says."""

ORDER = ["graph", "transforms", "compiler", "inspect"]
"""Within that layer, too, imports only go down this list."""

THIRD_PARTY_LATER = {"llvmlite", "scipy", "opt_einsum", "rich", "ml_dtypes", "torch"}
"""What may be imported inside a function: it is optional, or costs more than a call should at import."""

PROGRAM = {"cli", "standin", "__main__"}
"""Modules of the command, which import what a subcommand needs when it is asked for."""

TABLES = {"ops", "functions/catalog.py", "functions/methods.py", "testing/samples.py", "__init__.py"}
"""Files that are lists of rows, names or samples; these may be longer."""

LONG_FUNCTIONS = {
    "core.emit.emit_binary": "holds the hot path below",
    "core.walk.follow": "the loop of every backward pass, written out for the same reason",
    "core.emit.op": "the hot path of every binary op, written out because a call would cost more",
}
"""Functions that may have more than 60 lines, and why."""


def first_part(path):
    return path.relative_to(ROOT).with_suffix("").parts[0]


def layer_of(part):
    found = [i for i, names in enumerate(LAYERS) if part in names]
    assert found, f"{part} stands in no layer; say in LAYERS where it belongs"
    return found[0]


def imports(tree, path):
    """Every wengert module that a file imports, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "wengert":
                    yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            if node.module == "wengert":
                for alias in node.names:
                    yield f"wengert.{alias.name}", node.lineno
            elif node.module.startswith("wengert."):
                yield node.module, node.lineno


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def allowed(own, other):
    if own == other:
        return True
    above, below = layer_of(other), layer_of(own)
    if above != below:
        return above < below
    if own in ORDER:
        return ORDER.index(other) < ORDER.index(own)
    return below in (0, 1) or below == len(LAYERS) - 1


@pytest.mark.parametrize("path", FILES, ids=NAMES.get)
def test_imports_only_go_down(path):
    wrong = []
    for module, line in imports(parsed(path), path):
        other = module.split(".")[1] if "." in module else "__init__"
        if not allowed(first_part(path), other):
            wrong.append(f"{path.name}:{line} imports {module}")
    assert not wrong, wrong


def test_modules_of_a_package_do_not_import_in_circles():
    graph = {}
    for path in FILES:
        mine = NAMES[path].removesuffix(".__init__")
        known = {name.removesuffix(".__init__") for name in NAMES.values()}
        tree = parsed(path)
        found = {m for m, _ in imports(tree, path) if m in known}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ("wengert", "math"):
                found |= {f"{node.module}.{a.name}" for a in node.names} & known
        graph[mine] = {m for m in found if m != mine and not mine.startswith(m + ".")}
    seen = {}

    def visit(module, trail):
        if module in trail:
            pytest.fail(" -> ".join([*trail[trail.index(module) :], module]))
        if seen.get(module):
            return
        for other in sorted(graph.get(module, ())):
            visit(other, [*trail, module])
        seen[module] = True

    for module in graph:
        if module != "wengert":
            visit(module, [])


@pytest.mark.parametrize("path", FILES, ids=NAMES.get)
def test_no_import_is_put_off(path):
    wrong = []
    for function in ast.walk(parsed(path)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                if any(name.split(".")[0] not in THIRD_PARTY_LATER for name in names):
                    wrong.append(f"{path.name}:{node.lineno} imports {names} inside a function")
    if first_part(path) in PROGRAM:
        return
    assert not wrong, wrong


def test_the_packages_whose_frames_are_skipped_are_those_of_the_tree():
    there = {NAMES[path].removesuffix(".__init__") for path in FILES if path.name == "__init__.py"}
    assert there == PACKAGES


@pytest.mark.parametrize("path", FILES, ids=NAMES.get)
def test_files_are_short(path):
    inside = path.relative_to(ROOT).as_posix()
    is_table = inside in TABLES or inside.split("/")[0] in TABLES
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= (700 if is_table else 500)


def code_lines(function):
    """The lines of a function without its docstring."""
    body = function.body
    first = body[0]
    text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return function.end_lineno - function.lineno + 1 - (first.end_lineno - first.lineno + 1 if text else 0)


@pytest.mark.parametrize("path", FILES, ids=NAMES.get)
def test_functions_are_short(path):
    module = NAMES[path].removeprefix("wengert.")
    wrong = [
        f"{module}.{node.name}: {code_lines(node)} lines"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and code_lines(node) > 60
        and f"{module}.{node.name}" not in LONG_FUNCTIONS
    ]
    assert not wrong, wrong


@pytest.mark.parametrize("name", LONG_FUNCTIONS)
def test_no_function_is_excused_for_nothing(name):
    module, _, function = name.rpartition(".")
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    sizes = [code_lines(n) for n in ast.walk(parsed(path)) if getattr(n, "name", None) == function]
    assert max(sizes) > 60


@pytest.mark.parametrize("path", FILES, ids=NAMES.get)
def test_a_module_says_what_it_is(path):
    assert ast.get_docstring(parsed(path))


# ------------------------------------------------------------------------ the public names

PUBLIC = [
    wengert,
    wengert.autograd,
    wengert.distributions,
    wengert.fft,
    wengert.io,
    wengert.linalg,
    wengert.nn.functional,
    wengert.optim,
    wengert.optim.lr_scheduler,
    wengert.optim.swa_utils,
    wengert.signal.windows,
    wengert.special,
    wengert.utils.data,
    wengert.utils.tensorboard,
]
MODULE_ATTRIBUTES = {"annotations", "warnings", "Any"}
"""What a module imports for itself."""


def modules():
    """The public modules that are there."""
    found = list(PUBLIC)
    import wengert.func

    found.append(wengert.func)
    return found


def natural(name):
    """The order that ruff keeps lists of names in: classes first, and 64 before 128."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return kind, [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.__name__)
def test_public_names_are_sorted_and_there(module):
    listed = [name for name in module.__all__ if module is not wengert or name not in catalog.NAMES]
    assert listed == sorted(listed, key=natural)
    assert len(set(module.__all__)) == len(module.__all__)
    for name in module.__all__:
        assert hasattr(module, name), name


def test_the_root_exports_all_that_it_imports():
    """A function that `import wengert as torch` reaches is listed, so that dir() and the errors know it."""
    imported = set()
    for node in parsed(ROOT / "__init__.py").body:
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in ("wengert", "math"):
            imported |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            imported |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)} - {"__all__"}
        elif isinstance(node, ast.If):  # if TYPE_CHECKING: what is imported later
            imported |= {alias.name for each in node.body for alias in each.names}
    internal = {
        "ABSENT",
        "LATER",
        "SUBMODULES",
        "_compile_with",
        "_sweep_with",
        "_methods",
        "catalog",
        "later",
        "let_take_out",
        "missing_attribute",
        "ops",
    }
    assert imported - internal - set(wengert.__all__) == set()
    assert set(wengert.__all__) - imported == set(catalog.NAMES)


def test_the_layers_are_told_apart():
    for higher, lower in pairwise(LAYERS):
        assert not higher & lower
