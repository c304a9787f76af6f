"""torch.backends.cudnn: there is no cuDNN; its switches can be set and change nothing."""

enabled = True
deterministic = False
benchmark = False
benchmark_limit = 10
allow_tf32 = True


def is_available() -> bool:
    """Whether there is cuDNN: no.

    >>> is_available()
    False
    """
    return False


def version() -> None:
    """The version of cuDNN: none.

    >>> version()
    """
