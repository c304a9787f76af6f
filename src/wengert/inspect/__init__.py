"""Looking at programs: how gradients come about, why a tensor has none, and what a training loop forgets."""

from wengert.inspect.derivation import Derivation, derive
from wengert.inspect.drawing import Drawing, draw
from wengert.inspect.explanations import explain
from wengert.inspect.linting import LintWarning, lint

__all__ = ["Derivation", "Drawing", "LintWarning", "derive", "draw", "explain", "lint"]
