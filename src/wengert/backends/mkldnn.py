"""torch.backends.mkldnn: whether there is oneDNN."""


def is_available() -> bool:
    """Whether PyTorch's kernels for it are there: no.

    >>> is_available()
    False
    """
    return False
