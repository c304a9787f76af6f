"""torch.backends.cuda: there is no CUDA; its switches can be set and change nothing."""

from types import SimpleNamespace

matmul = SimpleNamespace(allow_tf32=False, allow_fp16_reduced_precision_reduction=True)


def is_built() -> bool:
    """Whether it was compiled in: no.

    >>> is_built()
    False
    """
    return False
