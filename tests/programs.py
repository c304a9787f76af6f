"""Programs run in interpreters of their own, for tests of what holds for a whole process."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def python(*arguments, cwd=None, env=None, **options):
    """Run this interpreter with the arguments; returns exit code, output and errors as text."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=cwd or ROOT, env=env, timeout=300, **options
    )


def wengert(*arguments, **options):
    """Run the command line."""
    return python("-m", "wengert", *arguments, **options)
