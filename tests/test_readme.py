"""The code of the README and of the guides runs, and prints what they say."""

import contextlib
import io
import linecache
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"```python\n(.*?)```(?:\s*```text\n(.*?)```)?", re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    """The code blocks of a page, each with the text that stands right behind it."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


GENERATED = {"support.md"}
"""Pages without code; tests/functions/test_support.py keeps them up to date."""

PAGES = [ROOT / "README.md", *sorted(page for page in (ROOT / "docs").glob("*.md") if page.name not in GENERATED)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_prints_what_it_shows(page: Path) -> None:
    pytest.importorskip("llvmlite", reason="the README shows a native kernel")
    namespace: dict[str, object] = {}
    found = blocks(page)
    assert len(found) >= 4
    for number, (code, shown) in enumerate(found, 1):
        name = f"block {number}"
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, name, "exec"), namespace)
        assert printed.getvalue() == shown


def test_the_function_of_the_first_screen_has_eight_lines() -> None:
    (code, _), *_ = blocks(ROOT / "README.md")
    function = code[code.index("def ") :].strip().splitlines()
    assert len(function) <= 8
