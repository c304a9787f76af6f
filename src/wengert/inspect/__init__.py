"""Looking at programs: why a tensor has no gradient, and what a training loop forgets."""

from wengert.inspect.explain import explain
from wengert.inspect.lint import LintWarning, lint

__all__ = ["LintWarning", "explain", "lint"]
