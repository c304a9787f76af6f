"""torch.backends.mps: whether there is Metal on a Mac."""


def is_available() -> bool:
    """Whether PyTorch's kernels for it are there: no.

    >>> is_available()
    False
    """
    return False


def is_built() -> bool:
    """Whether it was compiled in: no.

    >>> is_built()
    False
    """
    return False
