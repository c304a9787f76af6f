"""A module called with other parameters than its own."""

from wengert.nn.functional_call import functional_call

__all__ = ["functional_call"]
