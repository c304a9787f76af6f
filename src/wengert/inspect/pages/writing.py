"""Writing a page: one file of HTML with its data, its styles and its program in it, which loads nothing.

The page says by a Content-Security-Policy that nothing runs and nothing is styled but these very texts, which are
known by their hashes. What comes from the user's program stands in the page as JSON without a `<`, and is shown as
text only.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from sys import _getframe
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.core.places import user_frame
from wengert.core.tensor import Tensor
from wengert.inspect.pages.collecting import collect
from wengert.inspect.pages.flames import flame_of
from wengert.inspect.pages.naming import names_from
from wengert.inspect.profiling import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

POLICY = "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"

STYLES = ("page.css", "flame.css")
PROGRAM = ("elements.js", "layout.js", "picture.js", "stepping.js", "panel.js", "flame.js", "start.js")
"""The parts of a page, which become one text each: functions that see one another, and nothing of them is global."""

FRAME = (
    '<iframe srcdoc="{page}" sandbox="allow-scripts" title="computation graph" width="100%" height="640" '
    'style="border: 1px solid #8886; border-radius: 6px"></iframe>'
)


class Page:
    """A page that shows backward passes, a profile, or both; a notebook shows it.

    Attributes:
        passes: what it shows, as plain data.
        more: how many passes were left out.
        profile: whose times it shows, or None.
        html: the page as text.
    """

    def __init__(self, passes: list[dict[str, Any]], profile: Profile | None = None) -> None:
        self.passes = passes
        self.more = 0
        self.profile = profile

    @property
    def seen(self) -> int:
        """How many passes there were."""
        return len(self.passes) + self.more

    @property
    def html(self) -> str:
        """The whole file."""
        style = "".join(map(part, STYLES))
        script = '"use strict";\n(() => {\n' + "".join(map(part, PROGRAM)) + "})();\n"
        policy = POLICY.format(style=digest(style), script=digest(script))
        texts = {
            "policy": policy, "style": style, "script": script,
            "data": embedded({"passes": self.passes, "more": self.more, "flame": self.flame}),
        }  # fmt: skip
        pieces = part("template.html").split("%%")  # text, name, text, name, ..., text
        return "".join(texts[piece] if i % 2 else piece for i, piece in enumerate(pieces))

    @property
    def flame(self) -> dict[str, Any] | None:
        """What it shows of the profile, as plain data."""
        return flame_of(self.profile) if self.profile is not None and self.profile.totals else None

    def save(self, path: Any) -> None:
        """Write the page to a file."""
        Path(path).write_text(self.html, encoding="utf-8", newline="\n")

    def _repr_html_(self) -> str:
        return FRAME.format(page=escape(self.html))

    def __repr__(self) -> str:
        shows = []
        if self.passes or self.profile is None:
            shows.append(f"{len(self.passes)} backward passes, {sum(len(each['nodes']) for each in self.passes)} nodes")
        if self.profile is not None:
            shows.append(f"a profile of {self.profile.count} operations")
        return f"<Page of {', and '.join(shows)}; save('graph.html') writes it>"


@cache
def part(name: str) -> str:
    """A file of the page."""
    return files("wengert.inspect.pages").joinpath(name).read_text(encoding="utf-8")


def digest(text: str) -> str:
    """The hash by which a policy knows a text.

    >>> digest("")
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def embedded(data: Any) -> str:
    r"""Data as JSON that can stand in a page: nothing in it ends a script, or begins a comment.

    >>> print(embedded(["</script>"]))
    ["\u003c/script\u003e"]
    """
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def page(shown: Tensor | Profile, names: Mapping[str, Any] | None = None, profile: Profile | None = None) -> Page:
    """A page for the browser that shows how a result was computed, how its gradients come about, and what took time.

    >>> import wengert as torch
    >>> from wengert.inspect import page
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> page(x**2, names={"x": x})
    <Page of 1 backward passes, 2 nodes; save('graph.html') writes it>

    `page(loss).save("graph.html")` before `loss.backward()` writes a file that any browser opens, offline. It shows
    the graph in layers, with the values and the gradients of its nodes; steps through the forward and the backward
    pass; and says of each node its rule, its line, and what it keeps in memory. In a notebook the page is shown in
    place. `wengert run --inspect graph.html SCRIPT.py` writes one of a whole script.

    `page(seen)` of a `profile()` shows its times as a flame: a block is as wide as what it stands for took, and what
    it called is below it. `page(loss, profile=seen)` shows both.

    Operations are grouped by function or by module. Which modules were called is known of operations inside of
    `remember()`; of others it is inferred from the parameters that they read.

    Args:
        shown: a result whose graph is still there, or a profile.
        names: what leaves are called, and modules that hold some; else as variables of the caller are called.
        profile: whose times to show beside the graph.

    Raises:
        RuntimeError: if the tensor has no graph, it was freed, or it has more than 20,000 nodes.
    """
    if isinstance(shown, Profile):
        return Page([], shown)
    if not isinstance(shown, Tensor):
        raise errors.ArgumentTypeError(f"page(): argument must be Tensor or Profile, not {type(shown).__name__}")
    frame = user_frame(_getframe(1))
    known = names_from({**frame.f_globals, **frame.f_locals} if names is None else names)
    return Page([collect(shown, known)], profile)
