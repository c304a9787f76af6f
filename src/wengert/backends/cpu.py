"""torch.backends.cpu: the one there is."""


def get_cpu_capability() -> str:
    """What the kernels are compiled for: NumPy's choose for themselves.

    >>> get_cpu_capability()
    'DEFAULT'
    """
    return "DEFAULT"
