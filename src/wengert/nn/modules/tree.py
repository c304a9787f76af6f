"""What a module contains, by name, and what is done to all of it: iteration, training mode, conversion.

Knows the names `_parameters`, `_buffers` and `_modules`. Must not know how a module is called or saved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from wengert import dtypes, errors
from wengert.core.tensor import Tensor
from wengert.functions.making import devices
from wengert.functions.making.creation import as_device, empty_like
from wengert.nn.parameter import is_lazy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Tree:
    """A module as a tree of named modules, parameters and buffers."""

    training: bool
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]

    # ------------------------------------------------------------------------ iteration

    def _named_members(
        self, members: Callable[[Any], Any], prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, value in members(module):
                if value is None or (remove_duplicate and id(value) in seen):
                    continue
                seen.add(id(value))
                yield (f"{path}." if path else "") + name, value

    def parameters(self, recurse: bool = True) -> Iterator[Any]:
        """The parameters, each once.

        >>> import wengert as torch
        >>> [p.shape for p in torch.nn.Linear(2, 3).parameters()]
        [torch.Size([3, 2]), torch.Size([3])]
        """
        for _, value in self.named_parameters(recurse=recurse):
            yield value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """The parameters with their names.

        >>> import wengert as torch
        >>> [name for name, _ in torch.nn.Linear(2, 3).named_parameters(prefix="layer")]
        ['layer.weight', 'layer.bias']
        """
        return self._named_members(lambda m: m._parameters.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Any]:
        """The buffers, each once.

        >>> import wengert as torch
        >>> len(list(torch.nn.BatchNorm1d(2).buffers()))
        3
        """
        for _, value in self.named_buffers(recurse=recurse):
            yield value

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """The buffers with their names.

        >>> import wengert as torch
        >>> [name for name, _ in torch.nn.BatchNorm1d(2).named_buffers()]
        ['running_mean', 'running_var', 'num_batches_tracked']
        """
        return self._named_members(lambda m: m._buffers.items(), prefix, recurse, remove_duplicate)

    def children(self) -> Iterator[Any]:
        """The modules directly below, each once.

        >>> import wengert as torch
        >>> list(torch.nn.Sequential(torch.nn.ReLU()).children())
        [ReLU()]
        """
        for _, module in self.named_children():
            yield module

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """The modules directly below with their names, each once.

        >>> import wengert as torch
        >>> dict(torch.nn.Sequential(torch.nn.ReLU()).named_children())
        {'0': ReLU()}
        """
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def modules(self) -> Iterator[Any]:
        """The module itself and all below it, each once.

        >>> import wengert as torch
        >>> len(list(torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Tanh()).modules()))
        3
        """
        for _, module in self.named_modules():
            yield module

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """The module itself and all below it, with their names; the first name where there are several.

        >>> import wengert as torch
        >>> [name for name, _ in torch.nn.Sequential(torch.nn.ReLU()).named_modules()]
        ['', '0']
        """
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def get_submodule(self, target: str) -> Any:
        """The module at a dotted path.

        >>> import wengert as torch
        >>> torch.nn.Sequential(torch.nn.Sequential(torch.nn.ReLU())).get_submodule("0.0")
        ReLU()

        Raises:
            AttributeError: if there is none.
        """
        found: Any = self
        for name in target.split(".") if target else ():
            if not hasattr(found, name):
                raise AttributeError(f"{type(found).__name__} has no attribute `{name}`")
            found = getattr(found, name)
            if not isinstance(found, Tree):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return found

    def set_submodule(self, target: str, module: Any, strict: bool = False) -> None:
        """Put a module at a dotted path.

        >>> import wengert as torch
        >>> model = torch.nn.Sequential(torch.nn.ReLU())
        >>> model.set_submodule("0", torch.nn.Tanh())
        >>> model[0]
        Tanh()

        Raises:
            ValueError: for the empty path.
            AttributeError: if what is to hold it is not there, or with strict if nothing was there before.
        """
        if target == "":
            raise errors.ArgumentError("Cannot set the submodule without a target name!")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{type(parent).__name__} has no attribute `{name}`")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Tensor:
        """The parameter at a dotted path.

        >>> import wengert as torch
        >>> torch.nn.Sequential(torch.nn.Linear(2, 1)).get_parameter("0.bias").shape
        torch.Size([1])
        """
        return self._member(target, "_parameters", "nn.Parameter")

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted path.

        >>> import wengert as torch
        >>> torch.nn.BatchNorm1d(2).get_buffer("running_mean")
        tensor([0., 0.])
        """
        return self._member(target, "_buffers", "buffer")

    def _member(self, target: str, field: str, kind: str) -> Tensor:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        if name not in getattr(module, field):
            raise AttributeError(f"`{name}` is not {'an' if kind[0] == 'n' else 'a'} {kind}")
        found: Tensor = getattr(module, field)[name]
        return found

    # ------------------------------------------------------------------------ for all of it

    def apply(self, fn: Callable[[Any], Any]) -> Self:
        """Call a function with every module below and then with this one.

        >>> import wengert as torch
        >>> _ = torch.nn.Sequential(torch.nn.ReLU()).apply(lambda module: print(type(module).__name__))
        ReLU
        Sequential
        """
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Self:
        """Say whether this module and all below it are being trained.

        >>> import wengert as torch
        >>> torch.nn.Dropout().train(False).training
        False
        """
        if not isinstance(mode, bool):
            raise errors.ArgumentError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """`train(False)`.

        >>> import wengert as torch
        >>> torch.nn.Dropout().eval()(torch.ones(2))
        tensor([1., 1.])
        """
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Say whether operations on the parameters are recorded.

        >>> import wengert as torch
        >>> torch.nn.Linear(1, 1).requires_grad_(False).weight.requires_grad
        False
        """
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or make them zero.

        >>> import wengert as torch
        >>> layer = torch.nn.Linear(1, 1)
        >>> layer(torch.ones(1)).sum().backward(); layer.zero_grad(); print(layer.weight.grad)
        None
        """
        for parameter in self.parameters():
            if parameter.grad is None:
                continue
            if set_to_none:
                parameter.grad = None
            else:
                parameter.grad = parameter.grad.detach().zero_()

    def share_memory(self) -> Self:
        """The module itself: memory is shared with other processes by `torch.utils.data` where that is wanted."""
        return self

    # ------------------------------------------------------------------------ conversion

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Put fn(tensor) in the place of every parameter, gradient and buffer."""
        for module in self.children() if recurse else ():
            module._apply(fn)
        for parameter in self._parameters.values():
            if parameter is None:
                continue
            if is_lazy(parameter):
                parameter.converted(fn)
                continue
            grad = parameter.grad
            converted = fn(parameter.detach())
            if converted.dtype is not parameter.dtype:
                parameter.grad = None
            parameter.data = converted
            if grad is not None:
                parameter.grad = fn(grad.detach()).requires_grad_(grad.requires_grad)
        for name, buffer in self._buffers.items():
            if is_lazy(buffer):
                buffer.converted(fn)
            elif buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Convert floating point parameters and buffers to a dtype; the device is always the CPU.

        >>> import wengert as torch
        >>> torch.nn.Linear(1, 1).to(torch.float64).bias.dtype
        torch.float64

        Raises:
            TypeError: for a dtype that is not of floating point or complex numbers.
        """
        dtype = kwargs.get("dtype")
        device = kwargs.get("device")
        for arg in args:
            if isinstance(arg, Tensor):
                dtype = arg.dtype
            elif isinstance(arg, dtypes.dtype):
                dtype = arg
            elif not isinstance(arg, bool) and arg is not None:
                device = arg
        as_device(device)
        if dtype is None:
            return self
        if not (dtype.is_floating_point or dtype.is_complex):
            raise errors.ArgumentTypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
            )
        return self._apply(lambda t: t.to(dtype) if t.dtype.is_floating_point or t.dtype.is_complex else t)

    def type(self, dst_type: Any) -> Self:
        """Convert all parameters and buffers to a dtype, integers too."""
        return self._apply(lambda t: t.type(dst_type))

    def _floating(self, dtype: dtypes.dtype) -> Self:
        return self._apply(lambda t: t.to(dtype) if t.dtype.is_floating_point else t)

    def float(self) -> Self:
        """Convert floating point parameters and buffers to float32."""
        return self._floating(dtypes.float32)

    def double(self) -> Self:
        """Convert floating point parameters and buffers to float64.

        >>> import wengert as torch
        >>> torch.nn.Linear(1, 1).double().weight.dtype
        torch.float64
        """
        return self._floating(dtypes.float64)

    def half(self) -> Self:
        """Convert floating point parameters and buffers to float16."""
        return self._floating(dtypes.float16)

    def bfloat16(self) -> Self:
        """Convert floating point parameters and buffers to bfloat16."""
        return self._floating(dtypes.bfloat16)

    def cpu(self) -> Self:
        """The module itself, which is on the CPU already."""
        return self

    def cuda(self, device: Any = None) -> Self:
        """Refuse: there is no GPU here.

        Raises:
            AssertionError: always, in PyTorch's words.
        """
        return devices.cuda(self)  # type: ignore[no-any-return]

    def to_empty(self, *, device: Any = None, recurse: bool = True) -> Self:
        """Give parameters and buffers new memory that is not filled."""
        as_device(device)
        return self._apply(empty_like, recurse=recurse)
