"""Looking at programs: why a tensor has no gradient, and what a training loop forgets."""

from wengert.inspect.explanations import explain
from wengert.inspect.linting import LintWarning, lint

__all__ = ["LintWarning", "explain", "lint"]
