"""torch.autograd.function: operations whose backward is written by the user."""

from wengert.functions.recording.custom import BackwardCFunction, Function, once_differentiable
from wengert.functions.recording.saving import FunctionCtx

__all__ = ["BackwardCFunction", "Function", "FunctionCtx", "once_differentiable"]
