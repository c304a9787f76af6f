"""`python -m benchmarks`: measure, print the table, and put it into the README if asked to.

Knows: the command line, Markdown and where the README keeps the table. Must not know: what the rows measure.
"""

import argparse
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.overhead import ROWS, Row, available

__all__: list[str] = []

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
COLUMNS = ("wengert", "NumPy by hand", "PyTorch", "JAX jit")


def main() -> int:
    arguments = parse()
    for name in ("torch", "jax"):
        if available(name) is None:
            print(f"{name} is not installed here, so its column stays empty.", file=sys.stderr)
    rows: list[Row] = []
    for name in arguments.only or ROWS:
        print(f"measuring: {name}", file=sys.stderr)
        rows += ROWS[name](arguments.rounds)
    table = markdown(rows, arguments.rounds)
    print(table)
    return write(table) if arguments.write_readme else 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure wengert beside its peers.")
    parser.add_argument("--rounds", type=int, default=25, help="rounds that each median is taken over (default 25)")
    parser.add_argument("--only", nargs="+", choices=ROWS, metavar="ROW", help=f"some of: {', '.join(ROWS)}")
    parser.add_argument("--write-readme", action="store_true", help="replace the table in README.md")
    return parser.parse_args()


def markdown(rows: list[Row], rounds: int) -> str:
    """The table and, below it, what it was measured with."""
    made = (
        f"Medians over {rounds} rounds in which all take turns, in one process, on {os.cpu_count()} cores "
        f"({platform.machine()}): {versions()}. Made by `make bench`."
    )
    lines = [
        f"| | {' | '.join(COLUMNS)} | measure | result | goal |",
        f"|---|{'---:|' * len(COLUMNS)}---|---:|---:|",
        *(line(row) for row in rows),
        "",
        made,
    ]
    return "\n".join(lines)


def line(row: Row) -> str:
    times = " | ".join(row.times.get(column, "") for column in COLUMNS)
    result = "not measured" if row.figure is None else row.form.format(row.figure)
    goal = "" if row.goal is None else f"≤ {row.goal:g}"
    if row.goal is not None and row.figure is not None:
        result = f"**{result}**" if row.figure <= row.goal else f"{result} (missed)"
    return f"| {row.what} | {times} | {row.measure} | {result} | {goal} |"


def versions() -> str:
    known = [f"Python {platform.python_version()}"]
    for name, label in (("numpy", "NumPy"), ("torch", "PyTorch"), ("jax", "JAX")):
        try:
            known.append(f"{label} {version(name)}")
        except PackageNotFoundError:
            known.append(f"no {label}")
    return ", ".join(known)


def write(table: str) -> int:
    """Put the table between the README's two marks."""
    text = README.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        print(f"{README} has no place for the table. Try: add the lines {BEGIN} and {END}", file=sys.stderr)
        return 1
    README.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
