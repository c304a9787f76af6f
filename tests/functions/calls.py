"""A call of a public function: what every function is tried on, by wengert and by PyTorch.

    "linalg.det": [call(SQUARE), call(np.ones((2, 3)), _raises="linalg.det: A must be batches of square matrices")]

A table of calls is data: arrays stand for tensors, and everything else is passed on as it is.
"""

import importlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from wengert import trees


@dataclass(frozen=True, eq=False)
class Call:
    """Arguments of one call, and what is known about it.

    Attributes:
        args, options: the arguments; arrays in them stand for tensors, lists and tuples may hold some.
        smooth: whether there are derivatives of every order near this point.
        view: what of the results is well defined, as a function of them; the whole if None.
        raises: how the text of the error begins that this call gives, or None.
        batch: whether the size of the result and the way it is computed depend on shapes alone.
        derives: whether a gradient flows; a call that has none but takes and gives floats says so here.
        strided: whether the strides matter, as for views of complex numbers.
        differs: why PyTorch's gradient is another one, if it is.
        name: tells calls apart that look alike.
    """

    args: tuple[Any, ...]
    options: dict[str, Any] = field(default_factory=dict)
    smooth: bool = True
    view: Any = None
    raises: str | None = None
    batch: bool = True
    derives: bool = True
    strided: bool = False
    differs: str = ""
    name: str = ""

    @property
    def title(self) -> str:
        """The arguments in short."""
        words = [*map(shown, self.args), *(f"{k}={shown(v)}" for k, v in self.options.items())]
        return f"{self.name or ','.join(words)}".replace(" ", "")[:80]

    def leaves(self) -> tuple[list[Any], Any]:
        """Every argument that is no container, in order, and how to put them back."""
        return trees.flatten((list(self.args), dict(self.options)))

    def places(self, kinds: str) -> list[int]:
        """Which of the leaves are arrays of these kinds ("f", "c", "i", "b")."""
        return [i for i, x in enumerate(self.leaves()[0]) if isinstance(x, np.ndarray) and x.dtype.kind in kinds]

    def values(self, places: list[int]) -> list[Any]:
        """The arrays at these places."""
        found = self.leaves()[0]
        return [found[i] for i in places]

    def run(self, torch: Any, function: Any, places: list[int] = (), tensors: Any = ()) -> list[Any]:
        """Call the function of a torch, with these tensors at these places; every tensor of the result, in order."""
        tensors = list(tensors)
        own = next((x.dtype for x in tensors if x.dtype.is_floating_point), None)
        of_tensors = self.of_tensors(torch, function, places, own)
        torch.manual_seed(0)
        return of_tensors(*tensors)

    def of_tensors(self, torch: Any, function: Any, places: list[int], dtype: Any = None) -> Any:
        """The call as a function of the tensors at these places, which holds no NumPy array."""
        found, structure = self.leaves()
        others = [torch.tensor(x) if isinstance(x, np.ndarray) and i not in places else x for i, x in enumerate(found)]
        others = [None if i in places else resolved(torch, x, dtype) for i, x in enumerate(others)]
        view = self.view

        def of_tensors(*tensors: Any) -> list[Any]:
            given: dict[int, Any] = dict(zip(places, tensors, strict=True))
            args, options = structure.unflatten([given.get(i, x) for i, x in enumerate(others)])
            results = function(*args, **options)
            if view is not None:
                results = view(*results) if isinstance(results, tuple | list) else view(results)
            return flat(torch, results)

        return of_tensors


class Named:
    """Something of torch that an argument needs: `Named("float32")` stands for torch.float32."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __repr__(self) -> str:
        return self.path


class Constant:
    """A tensor that nothing is differentiated by, in the dtype of the others: running statistics, masks of floats."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __repr__(self) -> str:
        return f"constant{list(self.array.shape)}"


def resolved(torch: Any, value: Any, dtype: Any = None) -> Any:
    """The argument, or what of this torch it names."""
    if isinstance(value, Constant):
        return torch.tensor(value.array).to(dtype or torch.float64)
    return function_of(torch, value.path) if isinstance(value, Named) else value


def flat(torch: Any, results: Any) -> list[Any]:
    """The tensors among the results, in order; numbers and words count as well."""
    if isinstance(results, tuple | list):
        return [x for r in results for x in flat(torch, r)]
    return [] if results is None else [results]


def call(*args: Any, **options: Any) -> Call:
    """A Call of these arguments; settings of the Call itself begin with an underscore."""
    settings = {k[1:]: options.pop(k) for k in list(options) if k.startswith("_")}
    return Call(args, options, **settings)


def shown(value: Any) -> str:
    """An argument in short."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype.kind}{list(value.shape)}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(shown, value))}]"
    return repr(value)[:20]


def function_of(torch: Any, path: str) -> Any:
    """What a dotted name stands for; "Tensor.add_" takes the tensor first."""
    found = torch
    for part in path.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            found = importlib.import_module(f"{found.__name__}.{part}")
    return found


@cache
def every_call() -> dict[str, list[Call]]:
    """All tables of `samples`, joined."""
    joined: dict[str, list[Call]] = {}
    for path in sorted(Path(__file__).with_name("samples").glob("*.py")):
        if path.stem == "__init__":
            continue
        table = importlib.import_module(f"tests.functions.samples.{path.stem}").CALLS
        twice = set(joined) & set(table)
        if twice:
            raise LookupError(f"{path.stem}.py: others have calls of {sorted(twice)} already")
        joined |= table
    return joined
