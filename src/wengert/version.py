"""The version, in one place. Must not import anything, because the build reads this file as text."""

__version__ = "0.1.0"

pytorch = f"2.13.0+wengert.{__version__}"
"""What `torch.__version__` says, so that programs which ask for a version of PyTorch find one: that whose names and
behaviour these are."""

cuda = hip = xpu = None
"""There are no GPUs."""

debug = False
git_version = ""
