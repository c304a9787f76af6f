"""Pages of the backward passes of a script, written when it ends, however it ends."""

from __future__ import annotations

from contextlib import contextmanager
from sys import _getframe
from typing import TYPE_CHECKING, Any

from wengert.core.observing import Observer, Observing
from wengert.core.places import Place, user_frame
from wengert.core.tensor import Tensor
from wengert.errors import GradError
from wengert.inspect.pages.collecting import collect
from wengert.inspect.pages.naming import names_from
from wengert.inspect.pages.remembering import Remembering
from wengert.inspect.pages.writing import Page
from wengert.inspect.profiling import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 20
"""So many passes are put on a page; a training loop has thousands, much alike."""

NODES = 20_000
"""And no more than so many nodes together."""


class Both(Observer):
    """Notes values and times; what noting values takes is not counted."""

    def __init__(self, values: Remembering, times: Profile) -> None:
        self.values, self.times = values, times

    def saw(self, primitive: Any, operands: Any, params: Any, made: Any) -> None:
        self.times.saw(primitive, operands, params, made)
        self.values.saw(primitive, operands, params, made)
        self.times.resume()

    def saw_function(self, function: Any, args: Any, outputs: Any, node: Any) -> None:
        self.times.saw_function(function, args, outputs, node)

    def flavour(self, flavour: Any) -> Any:
        return self.times.flavour(flavour)


@contextmanager
def recorded() -> Iterator[Page]:
    """Put the backward passes inside that begin at a number on a page, the first ones if they are many, and all times.

    >>> import wengert as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> with recorded() as page:
    ...     (2 * x).backward()
    >>> len(page.passes)
    1
    """
    methods: Any = Tensor
    real = methods.backward
    values, times = Remembering(), Profile(keeps_events=False)
    page = Page([], times)

    def backward(self: Tensor, *args: Any, **options: Any) -> None:
        if not args and not options.get("gradient") and self.node is not None and self.ndim == 0:
            values.enough = not add(page, self, user_frame(_getframe(1)))
            times.resume()
        real(self, *args, **options)

    methods.backward = backward
    try:
        times.begin(_getframe(2))  # whoever entered this, by contextlib
        with Observing(Both(values, times)):
            yield page
    finally:
        methods.backward = real
        values.stacks.forget()
        times.stacks.forget()


def add(page: Page, loss: Tensor, frame: Any) -> bool:
    """Put a pass on the page, if there is room for it; the result is whether there is room for another."""
    if len(page.passes) >= MOST or sum(len(p["nodes"]) for p in page.passes) >= NODES:
        page.more += 1
        return False
    names = names_from({**frame.f_globals, **frame.f_locals})
    place = Place(frame.f_code, frame.f_lasti)
    try:
        page.passes.append(collect(loss, names, f"line {place.line}: {place.source}"))
    except GradError:  # too large, or freed: the script itself goes on, or says so
        page.more += 1
    return True
