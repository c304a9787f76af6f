"""Module: what parameters, buffers and other modules it has, and what happens when it is called.

    Module := parameters (Tensors that are trained), buffers (Tensors that are not), modules, hooks, training

Reading and writing the state is in `state`, moving through the tree in `tree`, hooks on gradients in `gradient_hooks`.

Knows modules as a tree of names. Must not know any particular layer.
"""

from __future__ import annotations

import itertools
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.compiler.compiled import compile
from wengert.core.hooks import RemovableHandle, hooks_everywhere
from wengert.core.tensor import Tensor
from wengert.names import near_names
from wengert.nn.modules import gradient_hooks
from wengert.nn.modules.state import State
from wengert.nn.modules.tree import Tree
from wengert.nn.parameter import Buffer, Parameter

if TYPE_CHECKING:
    from collections.abc import Callable

FORWARD_HOOKS = hooks_everywhere()
FORWARD_PRE_HOOKS = hooks_everywhere()
"""Hooks of every module of the process."""

FIELDS: dict[str, Any] = {
    "training": lambda: True,
    "_parameters": dict, "_buffers": dict, "_non_persistent_buffers_set": set, "_modules": dict,
    "_backward_pre_hooks": dict, "_backward_hooks": dict,
    "_forward_hooks": dict, "_forward_hooks_with_kwargs": dict, "_forward_hooks_always_called": dict,
    "_forward_pre_hooks": dict, "_forward_pre_hooks_with_kwargs": dict,
    "_state_dict_hooks": dict, "_state_dict_pre_hooks": dict,
    "_load_state_dict_pre_hooks": dict, "_load_state_dict_post_hooks": dict,
}  # fmt: skip
"""The attributes of every module, and what makes their first value."""


def type_of(value: Any) -> str:
    """The name of a value's type, as PyTorch's errors say it."""
    if isinstance(value, Tensor):
        return str(value.type())
    return f"{type(value).__module__.removeprefix('builtins')}.{type(value).__qualname__}".lstrip(".")


class Module(Tree, State):
    """The base of all layers and models.

    >>> import wengert as torch
    >>> class Scaled(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.scale = torch.nn.Parameter(torch.tensor(2.0))
    ...
    ...     def forward(self, x):
    ...         return self.scale * x
    >>> model = Scaled()
    >>> model(torch.tensor(3.0)), list(model.state_dict())
    (tensor(6., grad_fn=<MulBackward0>), ['scale'])

    Parameters and modules that are assigned to attributes belong to it; `forward` says what it computes.

    Attributes:
        training: whether it is being trained; `train()` and `eval()` set it.
    """

    dump_patches = False
    _version = 1
    training: bool
    call_super_init = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and kwargs:
            raise errors.ArgumentTypeError(
                f"{type(self).__name__}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'"
            )
        if not self.call_super_init and args:
            raise errors.ArgumentTypeError(
                f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were given"
            )
        for name, make in FIELDS.items():
            object.__setattr__(self, name, make())
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; every module says it for itself.

        Raises:
            NotImplementedError: if it does not.
        """
        raise errors.UnsupportedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    # ------------------------------------------------------------------------ attributes

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is saved with the module but not trained.

        >>> import wengert as torch
        >>> module = torch.nn.Module()
        >>> module.register_buffer("count", torch.tensor(0))
        >>> module.count, list(module.state_dict())
        (tensor(0), ['count'])

        Args:
            name: without dots, and not that of another attribute.
            tensor: None for a buffer that is not there and not saved.
            persistent: whether it is part of `state_dict()`.
        """
        self._must_be_free("buffer", name, "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise errors.ArgumentTypeError(
                f"cannot assign '{type_of(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under a name; `module.name = param` does the same.

        >>> import wengert as torch
        >>> module = torch.nn.Module()
        >>> module.register_parameter("bias", None)
        >>> print(module.bias)
        None
        """
        self._must_be_free("parameter", name, "_parameters")
        if param is not None and not isinstance(param, Parameter):
            raise errors.ArgumentTypeError(
                f"cannot assign '{type_of(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        if param is not None and param.grad_fn is not None:
            raise errors.ArgumentError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. "
                f"To express '{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        self._parameters[name] = param

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child under a name; `module.name = child` does the same.

        >>> import wengert as torch
        >>> parent = torch.nn.Module()
        >>> parent.add_module("child", torch.nn.Module())
        >>> [name for name, _ in parent.named_children()]
        ['child']
        """
        if not isinstance(module, Module) and module is not None:
            raise errors.ArgumentTypeError(f"{type_of(module)} is not a Module subclass")
        self._must_be_free("module", name, "_modules")
        self._modules[name] = module

    register_module = add_module

    def _must_be_free(self, kind: str, name: str, field: str) -> None:
        """Raise in PyTorch's words unless something may be put under the name."""
        if "_parameters" not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise errors.ArgumentTypeError(f"{kind} name should be a string. Got {type_of(name)}")
        if hasattr(self, name) and name not in self.__dict__[field]:
            raise KeyError(f"attribute '{name}' already exists")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."' + (f", got: {name}" if kind == "module" else ""))
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        if isinstance(value, Parameter):
            if "_parameters" not in own:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name, "_buffers", "_modules")
            self.register_parameter(name, value)
        elif "_parameters" in own and name in own["_parameters"]:
            self._only_none(name, value, "parameter", "torch.nn.Parameter or None expected")
            own["_parameters"][name] = None
        elif isinstance(value, Module):
            if "_modules" not in own:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget(name, "_parameters", "_buffers")
            own["_modules"][name] = value
        elif "_modules" in own and name in own["_modules"]:
            self._only_none(name, value, "child module", "torch.nn.Module or None expected")
            own["_modules"][name] = None
        elif isinstance(value, Buffer) or ("_buffers" in own and name in own["_buffers"]):
            self._set_buffer(name, value)
        else:
            object.__setattr__(self, name, value)

    def _set_buffer(self, name: str, value: Any) -> None:
        if value is not None and not isinstance(value, Tensor):
            self._only_none(name, value, "buffer", "torch.nn.Buffer, torch.Tensor or None expected")
        self._forget(name, "_parameters", "_modules", keep_buffers=True)
        if isinstance(value, Buffer):
            self._buffers.pop(name, None)
            self.__dict__.pop(name, None)
            self.register_buffer(name, value, value.__dict__.get("persistent", True))
        else:
            self._buffers[name] = value

    def _only_none(self, name: str, value: Any, kind: str, expected: str) -> None:
        if value is not None:
            raise errors.ArgumentTypeError(f"cannot assign '{type_of(value)}' as {kind} '{name}' ({expected})")

    def _forget(self, name: str, *fields: str, keep_buffers: bool = False) -> None:
        """Whatever was under the name is there no more."""
        self.__dict__.pop(name, None)
        for field in fields:
            self.__dict__[field].pop(name, None)
        if not keep_buffers:
            self._non_persistent_buffers_set.discard(name)

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        for field in ("_parameters", "_buffers", "_modules"):
            found = own.get(field)
            if found is not None and name in found:
                return found[name]
        text = f"'{type(self).__name__}' object has no attribute '{name}'"
        near = near_names(name, dir(self)) if not name.startswith("_") else []
        raise AttributeError(errors.advice(text, f"{', '.join(near)}.") if near else text)

    def __delattr__(self, name: str) -> None:
        for field in ("_parameters", "_buffers", "_modules"):
            if name in self.__dict__.get(field, ()):
                del self.__dict__[field][name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = {*dir(type(self)), *self.__dict__, *self._parameters, *self._modules, *self._buffers}
        return sorted(name for name in names if not name[0].isdigit())

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for name, make in FIELDS.items():
            if name not in self.__dict__:
                object.__setattr__(self, name, make())

    # ------------------------------------------------------------------------ calling

    def compile(self, **options: Any) -> None:
        """Compile `forward` of this very module; hooks run as they are.

        >>> import wengert as torch
        >>> net = torch.nn.Linear(3, 2)
        >>> net.compile()
        >>> found = [net(torch.ones(1, 3)) for _ in range(3)]
        >>> net.forward.cache_info().hits
        1

        Args:
            options: those of `torch.compile`.
        """
        self.__dict__["forward"] = compile(self.forward, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        own = self.__dict__
        if not (
            own["_forward_hooks"] or own["_forward_pre_hooks"] or own["_backward_hooks"] or own["_backward_pre_hooks"]
            or FORWARD_HOOKS or FORWARD_PRE_HOOKS or gradient_hooks.EVERYWHERE or gradient_hooks.BEFORE_EVERYWHERE
        ):  # fmt: skip
            return self.forward(*args, **kwargs)
        return self._call_with_hooks(args, kwargs)

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        called: set[int] = set()
        result = None
        try:
            args, kwargs = self._run_pre_hooks(args, kwargs)
            watch = gradient_hooks.Watch.of(self)
            if watch is not None:
                args = watch.inputs(args)
            result = self.forward(*args, **kwargs)
            for key, hook in (*FORWARD_HOOKS.items(), *self._forward_hooks.items()):
                called.add(key)
                given = (args, kwargs, result) if key in self._forward_hooks_with_kwargs else (args, result)
                replaced = hook(self, *given)
                result = result if replaced is None else replaced
            return result if watch is None else watch.outputs(result)
        except Exception:
            self._run_always(called, args, kwargs, result)
            raise

    def _run_pre_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        for key, hook in (*FORWARD_PRE_HOOKS.items(), *self._forward_pre_hooks.items()):
            if key in self._forward_pre_hooks_with_kwargs:
                replaced = hook(self, args, kwargs)
                if replaced is None:
                    continue
                if not isinstance(replaced, tuple) or len(replaced) != 2:
                    raise errors.GradError(
                        f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {replaced}."
                    )
                args, kwargs = replaced
            else:
                replaced = hook(self, args)
                if replaced is not None:
                    args = replaced if isinstance(replaced, tuple) else (replaced,)
        return args, kwargs

    def _run_always(self, called: set[int], args: Any, kwargs: Any, result: Any) -> None:
        """The hooks that are called also when something raised; what they raise in turn is dropped."""
        for key in self._forward_hooks_always_called:
            hook = self._forward_hooks.get(key)
            if hook is None or key in called:
                continue
            with suppress(Exception):  # the first error is the one to be seen
                hook(self, *((args, kwargs) if key in self._forward_hooks_with_kwargs else (args,)), result)

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before `forward`; what it returns replaces the arguments.

        >>> import wengert as torch
        >>> double = torch.nn.Identity()
        >>> _ = double.register_forward_pre_hook(lambda module, args: 2 * args[0])
        >>> double(torch.tensor(1.5))
        tensor(3.)

        Args:
            hook: returns None, or the new arguments.
            prepend: whether it is called before all others of the module.
            with_kwargs: whether it is called as `hook(module, args, kwargs)` and returns both.
        """
        handle = RemovableHandle(self._forward_pre_hooks, hook)
        if with_kwargs:
            self._forward_pre_hooks_with_kwargs[handle.id] = True
        return first(self._forward_pre_hooks, handle) if prepend else handle

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after `forward`; what it returns replaces the output.

        >>> import wengert as torch
        >>> module = torch.nn.Identity()
        >>> _ = module.register_forward_hook(lambda module, args, output: -output)
        >>> module(torch.tensor(1.5))
        tensor(-1.5000)

        Args:
            hook: returns None, or the new output.
            prepend: whether it is called before all others of the module.
            with_kwargs: whether it is called as `hook(module, args, kwargs, output)`.
            always_call: whether it is called also when `forward` raises.
        """
        handle = RemovableHandle(self._forward_hooks, hook)
        if with_kwargs:
            self._forward_hooks_with_kwargs[handle.id] = True
        if always_call:
            self._forward_hooks_always_called[handle.id] = True
        return first(self._forward_hooks, handle) if prepend else handle

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the gradients of the outputs have come; it may replace them.

        >>> import wengert as torch
        >>> module, x = torch.nn.Identity(), torch.tensor(1.0, requires_grad=True)
        >>> _ = module.register_full_backward_pre_hook(lambda module, grad_output: (10 * grad_output[0],))
        >>> module(x).backward(); x.grad
        tensor(10.)
        """
        handle = RemovableHandle(self._backward_pre_hooks, hook)
        return first(self._backward_pre_hooks, handle) if prepend else handle

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the gradients of the inputs are known; it may replace them.

        >>> import wengert as torch
        >>> module, x = torch.nn.Identity(), torch.tensor(1.0, requires_grad=True)
        >>> _ = module.register_full_backward_hook(lambda module, grad_input, grad_output: print(grad_output))
        >>> module(x).backward()
        (tensor(1.),)
        """
        handle = RemovableHandle(self._backward_hooks, hook)
        return first(self._backward_hooks, handle) if prepend else handle

    register_backward_hook = register_full_backward_hook

    # ------------------------------------------------------------------------ showing

    def extra_repr(self) -> str:
        """What is shown between the brackets of the module's name."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = [f"({name}): {indented(repr(child))}" for name, child in self._modules.items()]
        name = self._get_name()
        if not children and len(lines) <= 1:
            return f"{name}({extra})"
        return "\n  ".join([f"{name}(", *lines, *children]) + "\n)"


def indented(text: str) -> str:
    """Every line but the first two spaces to the right."""
    return text.replace("\n", "\n  ")


def first(hooks: dict[int, Any], handle: RemovableHandle) -> RemovableHandle:
    """Put a hook that was just added before the others."""
    others = list(itertools.islice(hooks.items(), len(hooks) - 1))
    for key, _ in others:
        hooks[key] = hooks.pop(key)
    return handle


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, args)` before the forward of every module of the process.

    >>> import wengert as torch
    >>> with torch.nn.modules.module.register_module_forward_pre_hook(lambda module, args: print("called")):
    ...     _ = torch.nn.Identity()(torch.ones(1))
    called
    """
    return RemovableHandle(FORWARD_PRE_HOOKS, hook)


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, output)` after the forward of every module of the process.

    >>> import wengert as torch
    >>> with torch.nn.modules.module.register_module_forward_hook(lambda module, args, output: print(output)):
    ...     _ = torch.nn.Identity()(torch.ones(1))
    tensor([1.])
    """
    if with_kwargs or always_call:
        raise errors.UnsupportedError("register_module_forward_hook: with_kwargs and always_call are not there")
    return RemovableHandle(FORWARD_HOOKS, hook)


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_output)` in the backward pass of every module of the process.

    >>> import wengert as torch
    >>> x = torch.ones(1, requires_grad=True)
    >>> with torch.nn.modules.module.register_module_full_backward_pre_hook(lambda module, grads: print(grads)):
    ...     torch.nn.Identity()(x).backward()
    (tensor([1.]),)
    """
    return RemovableHandle(gradient_hooks.BEFORE_EVERYWHERE, hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` in the backward pass of every module of the process.

    >>> import wengert as torch
    >>> x = torch.ones(1, requires_grad=True)
    >>> with torch.nn.modules.module.register_module_full_backward_hook(lambda module, ins, outs: print(ins)):
    ...     torch.nn.Identity()(x).backward()
    (tensor([1.]),)
    """
    return RemovableHandle(gradient_hooks.EVERYWHERE, hook)
