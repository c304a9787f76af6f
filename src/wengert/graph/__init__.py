"""The Graph: a computation as data, typed and checked; staging a function into one; running one."""

from wengert.graph.ir import Equation, Graph, Literal, Variable, interpret
from wengert.graph.prune import prune
from wengert.graph.replay import replay
from wengert.graph.stage import stage
from wengert.graph.verify import verify

__all__ = ["Equation", "Graph", "Literal", "Variable", "interpret", "prune", "replay", "stage", "verify"]
