"""Modules as functions of their parameters, and the parameters of several models stacked."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.core.tensor import Tensor
from wengert.functions.shaping.arranging import stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def functional_call(
    module: Any, parameter_and_buffer_dicts: Any, args: Any = None, kwargs: dict[str, Any] | None = None, *,
    tie_weights: bool = True, strict: bool = False,
) -> Any:  # fmt: skip
    """Call a module with other tensors in the place of some of its parameters and buffers.

    >>> import wengert as torch
    >>> layer = torch.nn.Linear(2, 1)
    >>> weights = {"weight": torch.tensor([[1.0, 10.0]]), "bias": torch.zeros(1)}
    >>> torch.func.functional_call(layer, weights, torch.tensor([2.0, 3.0]))
    tensor([32.])

    Args:
        module: the module, which is the same afterwards.
        parameter_and_buffer_dicts: tensors by dotted names, or several such dictionaries.
        args: the argument, or a tuple of them.
        kwargs: arguments by name.
        tie_weights: whether what stands for a parameter stands for it under its other names too.
        strict: whether all names have to be given, and no others.

    Raises:
        KeyError: if a name is given by two dictionaries.
        RuntimeError: with strict, for missing and unexpected names.
    """
    given = _joined(parameter_and_buffer_dicts)
    if args is None:
        args = ()
    elif not isinstance(args, tuple):
        args = (args,)
    with swapped(module, given, tie_weights=tie_weights, strict=strict):
        return module(*args, **(kwargs or {}))


def _joined(dicts: Any) -> dict[str, Any]:
    if isinstance(dicts, dict):
        return dict(dicts)
    if not isinstance(dicts, list | tuple) or not all(isinstance(d, dict) for d in dicts):
        raise errors.ArgumentError(
            "Expected all elements of parameter_and_buffer_dicts to be dictionaries"
            if isinstance(dicts, list | tuple)
            else f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(dicts)}"
        )
    names = [name for d in dicts for name in d]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise errors.ArgumentError(
            f"{twice} appeared in multiple dictionaries; behavior of functional call is ambiguous"
        )
    return {name: value for d in dicts for name, value in d.items()}


def places(module: Any) -> dict[str, tuple[dict[str, Any], str]]:
    """Where each parameter and buffer of a module is kept, by dotted name."""
    found = {}
    for path, each in module.named_modules(remove_duplicate=False):
        for held in (each._parameters, each._buffers):  # noqa: SLF001  the fields of a Module
            for name in held:
                found[f"{path}.{name}" if path else name] = (held, name)
    return found


@contextmanager
def swapped(module: Any, given: Mapping[str, Any], *, tie_weights: bool, strict: bool) -> Iterator[None]:
    """Other tensors in the place of some of a module's, inside."""
    where = places(module)
    unknown = [name for name in given if name not in where]
    if unknown and strict:
        raise errors.GradError(_listed("Unexpected", module, unknown, where, given))
    given = {name: value for name, value in given.items() if name in where}
    ours = {name: held[key] for name, (held, key) in where.items()}
    if strict and (missing := [name for name, value in ours.items() if value is not None and name not in given]):
        raise errors.GradError(_listed("Missing", module, missing, where, given))
    new = dict(given)
    if tie_weights:
        for name, value in given.items():
            for other, mine in ours.items():
                if mine is not None and mine is ours[name] and other not in given:
                    new[other] = value
    try:
        for name, value in new.items():
            held, key = where[name]
            held[key] = value
        yield
    finally:
        for name in new:
            held, key = where[name]
            held[key] = ours[name]


def _listed(word: str, module: Any, names: list[str], where: Any, given: Any) -> str:
    unexpected = [name for name in given if name not in where]
    keys = ", ".join(f'"{name}"' for name in names)
    text = f"{word} key(s): {keys}."
    if word == "Missing" and unexpected:
        others = ", ".join(f'"{name}"' for name in unexpected)
        text += f"\n\tUnexpected key(s): {others}."
    return f"Error(s) in reparametrizing for {type(module).__name__}:\n\t{text}"


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters and the buffers of several models of one kind, stacked along a new first dimension.

    >>> import wengert as torch
    >>> params, buffers = torch.func.stack_module_state([torch.nn.Linear(2, 1) for _ in range(5)])
    >>> params["weight"].shape, buffers
    (torch.Size([5, 1, 2]), {})

    Raises:
        RuntimeError: if there is no model, they are of different classes, or some train and some do not.
    """
    if not models:
        raise errors.GradError("stack_module_state: Expected at least one model, got 0.")
    if len({model.training for model in models}) > 1:
        raise errors.GradError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(model) is not type(models[0]) for model in models):
        raise errors.GradError("stack_module_state: Expected all models to be of the same class.")
    all_parameters = [dict(model.named_parameters()) for model in models]
    all_buffers = [dict(model.named_buffers()) for model in models]
    params = {}
    for name, first in all_parameters[0].items():
        values = [found[name].detach() for found in all_parameters]
        params[name] = stack(values).requires_grad_(first.requires_grad)
    return params, {name: stack([found[name] for found in all_buffers]) for name in all_buffers[0]}
