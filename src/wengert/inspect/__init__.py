"""Looking at programs: how gradients come about, why there is none, where NaN came from, what takes time."""

from typing import TYPE_CHECKING, Any

from wengert.names import later, missing_attribute

if TYPE_CHECKING:
    from wengert.inspect.derivation import Derivation, derive
    from wengert.inspect.drawing import Drawing, draw
    from wengert.inspect.explanations import explain
    from wengert.inspect.linting import LintWarning, lint
    from wengert.inspect.nans import FoundNaN, find_nan
    from wengert.inspect.pages import Page, page, remember
    from wengert.inspect.profiling import Profile, profile

LATER = {
    "Derivation": "wengert.inspect.derivation",
    "Drawing": "wengert.inspect.drawing",
    "FoundNaN": "wengert.inspect.nans",
    "LintWarning": "wengert.inspect.linting",
    "Page": "wengert.inspect.pages",
    "Profile": "wengert.inspect.profiling",
    "derive": "wengert.inspect.derivation",
    "draw": "wengert.inspect.drawing",
    "explain": "wengert.inspect.explanations",
    "find_nan": "wengert.inspect.nans",
    "lint": "wengert.inspect.linting",
    "page": "wengert.inspect.pages",
    "profile": "wengert.inspect.profiling",
    "remember": "wengert.inspect.pages",
}
"""Where each name is."""

__all__ = [
    "Derivation",
    "Drawing",
    "FoundNaN",
    "LintWarning",
    "Page",
    "Profile",
    "derive",
    "draw",
    "explain",
    "find_nan",
    "lint",
    "page",
    "profile",
    "remember",
]


def __getattr__(name: str) -> Any:
    if name in LATER:
        return later(globals(), name, LATER[name])
    raise missing_attribute("wengert.inspect", name, __all__)


def __dir__() -> list[str]:
    return sorted(__all__)
