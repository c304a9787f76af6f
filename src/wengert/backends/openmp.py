"""torch.backends.openmp: whether there is OpenMP."""


def is_available() -> bool:
    """Whether PyTorch's kernels for it are there: no.

    >>> is_available()
    False
    """
    return False
