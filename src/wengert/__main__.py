"""`python -m wengert`. Knows only where the command line starts."""

import sys

from wengert.cli import main

if __name__ == "__main__":
    sys.exit(main())
