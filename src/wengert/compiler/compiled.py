"""compile: a function that runs as recorded, as long as all that it reads is as it was.

    call 1    the function itself
    call 2    the function itself, recorded (see `recorder`)
    after     the recorded graph, if arguments, Python values and guards are the same; else the function itself

Knows recording and running. Must not know how a graph is made fast.
"""

from __future__ import annotations

import copy
import functools
import logging
import os
import sys
from collections import OrderedDict
from contextlib import ExitStack
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import trees
from wengert.compiler.holders import PLAIN, hooks_of, is_plain, number_key
from wengert.compiler.program import runs_natively
from wengert.compiler.recorder import RecordLevel
from wengert.compiler.recording import CHANGES, MISS, Recording
from wengert.compiler.results import are_unchanged, containers_in
from wengert.compiler.signals import is_of_a_signal
from wengert.compiler.surroundings import Surroundings
from wengert.compiler.timing import CallTimes
from wengert.compiler.varying import Standing, Varying
from wengert.core.levels import RUNNING
from wengert.core.modes import NO_GRAD, mode
from wengert.core.tape import AccumulateGrad
from wengert.core.tensor import Tensor
from wengert.core.threads import limited, positive
from wengert.dtypes import default as default_dtype
from wengert.errors import ArgumentError, TransformError

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("wengert.compiler")

MOST_KINDS = 32
"""So many kinds of arguments are remembered, the latest: each recording keeps memory for what is between its steps."""

MOST_RECORDINGS = 16
"""So many recordings are kept for one kind of arguments: one for each way through the branches."""


def compile(
    model: Any = None, *, fullgraph: bool = False, dynamic: bool | None = None, backend: Any = "wengert",
    mode: str | None = None, options: Any = None, disable: bool = False,
) -> Any:  # fmt: skip
    """A function that does what another does, quicker from the third call on.

    >>> import wengert as torch
    >>> @torch.compile
    ... def step(x):
    ...     return (torch.sin(x) * x).sum()
    >>> for _ in range(4):
    ...     result = step(torch.tensor([1.0, 2.0]))
    >>> result
    tensor(2.6601)
    >>> step.cache_info()
    CacheInfo(recordings=1, hits=2, runs=2, reason=None)

    Args:
        model: the function, or a Module, for which there comes a Module around it; left out when used as a decorator
            with options.
        fullgraph: taken and not needed: a recording is one graph always.
        dynamic: taken and not needed.
        backend: taken; there is one.
        mode: taken; there is one.
        options: `{"threads": n}` lets calls use n threads at most; the others are PyTorch's, taken and not used.
        disable: whether to return the function as it is.

    The first call runs the function, the second runs it and writes down what it does with tensors: operations, writes,
    backward(), gradients, random draws. Later calls run that, as long as the arguments have the same shapes, dtypes and
    Python values, the Python values that the function can reach are the same, and what it looked at (`if loss > 3`,
    `.item()`) is the same; otherwise the function itself runs, and is recorded again. A function whose doings are not
    to be seen (it prints, takes from an iterator, changes Python objects) always runs itself; `cache_info().reason`
    says why.
    """
    if model is None:
        return functools.partial(
            compile, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options, disable=disable
        )
    if not callable(model):
        raise ArgumentError(f"torch.compile() takes a function or a module, got {type(model).__name__}")
    if disable:
        return model
    made = CompiledFunction(model, threads=(options or {}).get("threads"))
    answer = next((ANSWERS[each] for each in type(model).__mro__ if each in ANSWERS), None)
    return made if answer is None else answer(model, made)


ANSWERS: dict[type, Callable[[Any, CompiledFunction], Any]] = {}
"""Classes of callables for which compile() gives an object of its own around the compiled function."""


WORTH = 8
"""So many calls a recording has to serve on the average, where more are needed than are kept."""

MOST_CHANGES = 3
"""After so many calls that changed Python objects a function is not recorded; one may be the first, that makes them."""


class Recorder:
    """Which thread records: one at a time, since the tensors that a function uses are values of the recording then."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._owner: int | None = None

    def elsewhere(self) -> bool:
        """Whether another thread records."""
        owner = self._owner
        return owner is not None and owner != get_ident()

    def begin(self) -> bool:
        """Begin, if nobody records; whether that was so."""
        if not self._lock.acquire(blocking=False):
            return False
        self._owner = get_ident()
        return True

    def end(self) -> None:
        """Let others record."""
        self._owner = None
        self._lock.release()


RECORDER = Recorder()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=RECORDER.__init__)  # type: ignore[misc]  # the thread that had it is not there


class CacheInfo:
    """How often a compiled function ran what was recorded, and how often itself."""

    def __init__(self, recordings: int, hits: int, runs: int, reason: str | None) -> None:
        self.recordings, self.hits, self.runs, self.reason = recordings, hits, runs, reason

    def __repr__(self) -> str:
        return (
            f"CacheInfo(recordings={self.recordings}, hits={self.hits}, runs={self.runs}, reason={self.reason!r})"
        )  # fmt: skip


class Kind:
    """The calls with one kind of arguments: their recordings, and whether one ran that changed no Python objects."""

    def __init__(self) -> None:
        self.runs = self.hits = self.changes = 0
        self.recordings: list[Recording] = []
        self.reason: str | None = None
        self.is_quiet = False

    def makes_room(self) -> bool:
        """Whether recordings have been worth their while, so that the ones used last make room for others."""
        worth = self.hits >= WORTH * MOST_RECORDINGS
        if worth:
            self.hits = 0
            del self.recordings[MOST_RECORDINGS // 2 :]
        return worth


class CompiledFunction:
    """What `compile` returns.

    Attributes:
        threads: how many threads a call uses at most; None for as many as there are.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        title: str = "CompiledFunction",
        *,
        threads: int | None = None,
        keeps_inputs: bool = False,
    ) -> None:
        functools.update_wrapper(self, function, updated=())
        self._function, self._title, self._keeps_inputs = function, title, keeps_inputs
        self.threads = None if threads is None else positive(threads)
        self._kinds: OrderedDict[Any, Kind] = OrderedDict()
        self._varying = Varying()
        self._hits = self._runs = 0
        self._last: Recording | None = None

    def of(self, function: Callable[..., Any]) -> CompiledFunction:
        """Another function compiled in the same way."""
        return CompiledFunction(function, self._title, threads=self.threads, keeps_inputs=self._keeps_inputs)

    def __deepcopy__(self, memo: dict[int, Any]) -> CompiledFunction:
        return self.of(copy.deepcopy(self._function, memo))

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __reduce__(self) -> Any:
        name = getattr(self._function, "__qualname__", "")
        if getattr(sys.modules.get(self._function.__module__ or ""), name, None) is self:
            return name  # found by its name, as functions are
        return compiled_anew, (self._function, self._title, self.threads)

    def __getattr__(self, name: str) -> Any:
        if name == "_function":  # before it is there, as where a copy is made
            raise AttributeError(name)
        return getattr(self._function, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The result of the function."""
        if self.threads is None:
            return self._called(args, kwargs)
        with limited(self.threads):
            return self._called(args, kwargs)

    def _called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        now = mode()
        if RECORDER.elsewhere() or RUNNING.count or (now is not None and now is not NO_GRAD):
            # Another thread may have our tensors in hand; inside of a transform operations are the transform's.
            return self._function(*args, **kwargs)
        leaves, structure = list(args), None
        if kwargs or (args and any(type(arg) is not Tensor for arg in args)):
            leaves, structure = trees.flatten((args, kwargs))
        kind, leaves, standing = self._kind((now is None, default_dtype(), structure), args, kwargs, leaves)
        for i, recording in enumerate(kind.recordings):
            result = recording.replay(leaves, (args, kwargs))
            if result is not MISS:
                self._hits += 1
                kind.hits += 1
                if i:
                    kind.recordings.insert(0, kind.recordings.pop(i))
                self._last = recording
                return result
        return self._run(kind, args, kwargs, leaves, standing)

    def _kind(self, around: Any, args: Any, kwargs: Any, leaves: list[Any]) -> tuple[Kind, list[Any], Standing | None]:
        """The kind of a call; and what is in its arguments, with tensors where floats are others from call to call."""
        standing = kind = key = None
        if self._varying.is_met:
            standing = self._standing(around, args, kwargs, leaves)
        if standing is None:
            key = (*around, *map(kind_of, leaves))
            kind = self._kinds.get(key)
            if kind is None and not self._varying.is_met:
                standing = self._standing(around, args, kwargs, leaves)
        if standing is not None:
            leaves, key = standing.leaves, standing.key
            kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = Kind()
            if len(self._kinds) > MOST_KINDS:
                self._kinds.popitem(last=False)  # in one step, since other threads may add
        return kind, leaves, standing

    def _standing(self, around: Any, args: Any, kwargs: Any, leaves: list[Any]) -> Standing | None:
        if float not in map(type, leaves):
            return None
        shape = (*around, *[kind if (kind := type(leaf)) is float else kind_of(leaf) for leaf in leaves])
        return self._varying.standing(shape, args, kwargs, leaves)

    def _run(self, kind: Kind, args: Any, kwargs: Any, leaves: list[Any], standing: Standing | None) -> Any:
        """The function itself, recorded if that may help."""
        self._runs += 1
        kind.runs += 1
        if kind.reason is None and len(kind.recordings) >= MOST_RECORDINGS and not kind.makes_room():
            self._give_up(kind, f"it looks at values (as .item() does) that were something else in each of "
                                f"{MOST_RECORDINGS} calls")  # fmt: skip
            if standing is not None:
                standing.fix()
        if kind.reason is not None or (kind.runs == 1 and self._is_always_new()):
            return self._function(*args, **kwargs)
        others = [leaf for leaf in leaves if type(leaf) is not Tensor and type(leaf) not in CONSTANTS]
        hooks = [
            hooks_of(leaf.node) for leaf in leaves if isinstance(leaf, Tensor) and isinstance(leaf.node, AccumulateGrad)
        ]
        marks = [each for leaf in leaves if isinstance(leaf, Tensor) for each in leaf.__dict__.values()]
        around = Surroundings([self._function, *others, *hooks, *marks])
        if around.reason is not None:
            self._give_up(kind, around.reason)
            return self._function(*args, **kwargs)
        if standing is not None and around.asks_types:  # and would find that the numbers are none
            standing.fix()
            return self._function(*args, **kwargs)
        before = containers_in((args, kwargs))
        if not kind.is_quiet:
            result = self._function(*args, **kwargs)
            kind.is_quiet = are_unchanged(before.values()) and not around.changed()
            self._count_changes(kind, changed=not kind.is_quiet)
            return result
        recording = Recording(around, leaves, self._title, keeps_inputs=self._keeps_inputs)
        if recording.shares_memory or not RECORDER.begin():  # a write to one tensor would be a write to another
            return self._function(*args, **kwargs)
        return self._record(kind, recording, args, kwargs, standing, before)

    def _record(
        self, kind: Kind, recording: Recording, args: Any, kwargs: Any, standing: Standing | None, before: Any
    ) -> Any:
        """The function itself, recorded, now that this thread may; not recorded after all where that fails."""
        around = recording.around
        drawn = around.snapshot()
        try:
            result = recording.run(RecordLevel(), self._function, args, kwargs, before, standing)
        except Exception as error:
            failure = str(error).partition("\n")[0]
            if is_of_a_signal(error):  # of which the function knows nothing
                raise
            if recording.has_changed(before):  # to do it again would be to do it twice
                if isinstance(error, TransformError):
                    self._give_up(kind, failure)
                raise
        else:
            if standing is not None and standing.numbers.shown:  # it is for these numbers alone
                standing.fix(standing.numbers.shown)
            else:
                self._keep(kind, recording)
            return result
        finally:
            RECORDER.end()
        around.restore(drawn)  # nothing has happened
        result = self._function(*args, **kwargs)  # raises what is due to the function itself
        if standing is not None:
            standing.fix()
        else:
            self._give_up(kind, failure)
        return result

    def _is_always_new(self) -> bool:
        """Whether hardly any call is like one before, so that to look at what the function can reach is in vain."""
        return len(self._kinds) == MOST_KINDS and self._hits < self._runs

    def _keep(self, kind: Kind, recording: Recording) -> None:
        """Keep a recording for calls to come, unless it cannot stand for them."""
        if recording.reason is None:
            kind.recordings.append(recording)
            self._last = recording
            log.info("%s: recorded %s", getattr(self, "__name__", "function"), recording)
            return
        if recording.reason is not CHANGES:
            self._give_up(kind, recording.reason)
        self._count_changes(kind, changed=recording.reason is CHANGES)

    def _count_changes(self, kind: Kind, *, changed: bool) -> None:
        kind.changes += changed
        if kind.changes == MOST_CHANGES and kind.reason is None:
            self._give_up(kind, CHANGES)

    def _give_up(self, kind: Kind, reason: str) -> None:
        kind.reason = reason
        log.info("%s runs as it is: %s", getattr(self, "__name__", "function"), reason)

    # ------------------------------------------------------------------------ looking inside

    def cache_info(self) -> CacheInfo:
        """How often the recorded graphs ran and how often the function itself, and why it is not compiled, if so."""
        reasons = [kind.reason for kind in self._kinds.values() if kind.reason is not None]
        count = sum(len(kind.recordings) for kind in self._kinds.values())
        return CacheInfo(count, self._hits, self._runs, reasons[-1] if reasons else None)

    def _recording(self) -> Recording:
        if self._last is None:
            info = self.cache_info()
            raise ArgumentError(
                f"nothing is recorded yet: {info.reason}" if info.reason else "nothing is recorded yet; call it twice"
            )
        return self._last

    def graph(self) -> Any:
        """The graph of the last call that ran one."""
        return self._recording().graph

    def written(self) -> Any:
        """That graph as it was written down, before it was made shorter."""
        return self._recording().written

    def kernels(self) -> str:
        """The loops that the last call ran, as readable pseudo-Python."""
        return str(self._recording().program)

    def profile(self, *args: Any, **kwargs: Any) -> Any:
        """A call like any other, kernel by kernel: microseconds, bytes and operations, beside what the machine can do.

        >>> import wengert as torch
        >>> f = torch.compile(lambda x: (x * x).sum())
        >>> x = torch.ones(1000)
        >>> found = [f(x) for _ in range(3)]
        >>> times = f.profile(x)
        >>> [kernel.what for kernel in times.kernels], times.result
        (['multiply+reduce_sum [1000]'], tensor(1000.))

        The call has its effects. Where nothing fits that is recorded, the function itself runs and no kernels are
        listed.
        """
        before = self._hits
        with ExitStack() as stack:
            times = {
                id(recording): stack.enter_context(recording.program.timed())
                for kind in self._kinds.values()
                for recording in kind.recordings
            }
            result = self(*args, **kwargs)
        return CallTimes(times.get(id(self._last), []) if self._hits > before else [], result)

    def llvm(self) -> str:
        """The LLVM assembly of those loops."""
        found: str = self._recording().program.llvm()
        return found


def compiled_anew(function: Callable[..., Any], title: str, threads: int | None) -> CompiledFunction:
    """What is made of a compiled function that was pickled: one that has recorded nothing."""
    return CompiledFunction(function, title, threads=threads)


def piece(function: Callable[..., Any], title: str, *, keeps_inputs: bool) -> Callable[..., Any]:
    """A function of ours, compiled for those that run eagerly (see `wengert.core.fusing`); itself without llvmlite."""
    return CompiledFunction(function, title, keeps_inputs=keeps_inputs) if runs_natively() else function


def marks_of(tensor: Tensor) -> Any:
    """What was written on a tensor as attributes; that it is a parameter, too."""
    own = [(name, value) for name, value in tensor.__dict__.items() if name != "_grad"]
    return tuple((name, number_key(value) if isinstance(value, PLAIN) else id(value)) for name, value in own)


def kind_of(leaf: Any) -> Any:
    """What must be equal for a recording to serve a call with this argument."""
    if type(leaf) is Tensor:
        array = leaf.array
        found = array.dtype, array.shape, array.flags.c_contiguous, leaf.node is None
        return (*found, marks_of(leaf)) if leaf.__dict__ else found
    if type(leaf) in CONSTANTS:
        return type(leaf), number_key(leaf)
    if isinstance(leaf, np.generic) and is_plain(leaf):
        return type(leaf), leaf.tobytes()
    return type(leaf), id(leaf)


CONSTANTS = {bool, int, float, complex, str, bytes}
"""Types of what is the same where it is equal."""
