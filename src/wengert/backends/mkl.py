"""torch.backends.mkl: whether there is Intel's MKL."""


def is_available() -> bool:
    """Whether PyTorch's kernels for it are there: no.

    >>> is_available()
    False
    """
    return False
