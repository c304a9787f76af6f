"""Einstein's sums: torch.einsum, by products of matrices, two operands at a time.

Knows letters and shapes. Must not know how to differentiate.
"""

from __future__ import annotations

from importlib.util import find_spec
from math import prod
from string import ascii_letters
from typing import Any, NamedTuple

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.tensor import Tensor
from wengert.functions.linalg.products import matmul
from wengert.functions.reducing import reductions
from wengert.ops import diagonals
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.shapes import broadcast_shapes

ELLIPSIS = "."
"""Stands for the dimensions of an ellipsis in a list of letters."""


class Labelled(NamedTuple):
    """A tensor, and a word for each of its dimensions."""

    value: Any
    words: list[Any]


def einsum(*args: Any) -> Tensor:
    """Sums of products, by letters for the dimensions: those that are not in the result are summed over.

    >>> import wengert as torch
    >>> torch.einsum("ij,jk->ik", torch.ones(2, 3), torch.ones(3, 2))
    tensor([[3., 3.],
            [3., 3.]])
    >>> torch.einsum("ii", torch.eye(3))
    tensor(3.)

    Args:
        args: the equation and the operands; or each operand followed by a list of numbers for its dimensions, and at
            the end, if wanted, the list of the result.

    Without "->" the result has the letters that occur once, in alphabetical order. More than two operands are
    multiplied in the order that opt_einsum finds where it is installed, otherwise from left to right.
    """
    equation, operands = _equation(args)
    left, arrow, right = equation.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(operands):
        which = "more" if len(operands) > len(inputs) else "fewer"
        raise errors.ShapeError(f"einsum(): {which} operands were provided than specified in the equation")
    for text in inputs:
        _check_letters(text, equation)
    found = [_labelled(text, x, i) for i, (text, x) in enumerate(zip(inputs, operands, strict=True))]
    sizes = _sizes(found)
    wanted = _result(right if arrow else None, inputs, found, equation)
    for i in _order(found, sizes, wanted):
        chosen = [found[k] for k in i]
        found = [x for k, x in enumerate(found) if k not in i]
        kept = {word for x in found for word in x.words} | set(wanted)
        found.append(_product(chosen[0], chosen[1], sizes, kept))
    return _arranged(found[0], wanted, sizes)  # type: ignore[no-any-return]


# ------------------------------------------------------------------------ what is asked for


def _equation(args: Any) -> tuple[str, list[Any]]:
    if len(args) < 2:
        raise errors.ArgumentError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    if isinstance(args[0], str):
        operands = args[1] if len(args) == 2 and isinstance(args[1], tuple | list) else args[1:]
        return args[0].replace(" ", ""), list(operands)
    texts = [_letters(each) for each in args[1::2]]
    end = "->" + _letters(args[-1]) if len(args) % 2 else ""
    return ",".join(texts[: len(args) // 2]) + end, list(args[: len(args) - len(args) % 2 : 2])


def _letters(numbers: Any) -> str:
    letters = ascii_letters[26:] + ascii_letters[:26]
    for n in numbers:
        if n is not Ellipsis and not 0 <= n < len(letters):
            raise errors.ShapeError(
                f"einsum(): subscript {n} in the subscript list is not within the valid range [0, 52)"
            )
    return "".join("..." if n is Ellipsis else letters[n] for n in numbers)


def _check_letters(text: str, equation: str) -> None:
    for letter in text.replace("...", ""):
        if letter == ".":
            number = equation.partition("->")[0].split(",").index(text)
            raise errors.ShapeError(f"einsum(): found '.' for operand {number} that is not part of any ellipsis")
        _check_letter(letter, equation)


def _check_letter(letter: str, equation: str, start: int = 0) -> None:
    if letter not in ascii_letters:
        raise errors.ShapeError(
            f"einsum(): invalid subscript given at index {equation.index(letter, start)} in the equation string, "
            "subscripts must be in [a-zA-Z]"
        )


def _labelled(text: str, x: Any, number: int) -> Labelled:
    """The operand with a word for each dimension; the diagonal where a letter stands twice."""
    shape = shape_of(x)
    letters = text.replace("...", ELLIPSIS)
    extra = len(shape) - len(letters.replace(ELLIPSIS, ""))
    if extra < 0 or (extra and ELLIPSIS not in letters):
        more = "" if ELLIPSIS in letters else " and no ellipsis was given"
        what = "does not match" if ELLIPSIS not in letters else "is more than"
        raise errors.ShapeError(
            f"einsum(): the number of subscripts in the equation ({len(letters.replace(ELLIPSIS, ''))}) {what} the "
            f"number of dimensions ({len(shape)}) for operand {number}{more}"
        )
    words: list[Any] = []
    for letter in letters:
        words += [(ELLIPSIS, i - extra) for i in range(extra)] if letter == ELLIPSIS else [letter]
    for word in set(words):
        while words.count(word) > 1:
            first = words.index(word)
            second = words.index(word, first + 1)
            sizes = shape_of(x)
            if sizes[first] != sizes[second]:
                raise errors.ShapeError(
                    f"einsum(): subscript {word} is repeated for operand {number} but the sizes don't match, "
                    f"{sizes[second]} != {sizes[first]}"
                )
            x = diagonals.diagonal(x, 0, first, second)
            words = [w for i, w in enumerate(words) if i not in (first, second)] + [word]
    return Labelled(x, words)


def _sizes(found: list[Labelled]) -> dict[Any, int]:
    sizes: dict[Any, int] = {}
    for number, (x, words) in enumerate(found):
        for word, size in zip(words, shape_of(x), strict=True):
            have = sizes.get(word, 1)
            if 1 not in (have, size) and have != size:
                raise errors.ShapeError(
                    f"einsum(): subscript {word} has size {size} for operand {number} which does not broadcast with "
                    f"previously seen size {have}"
                )
            sizes[word] = size if have == 1 else have
    return sizes


def _result(right: str | None, inputs: list[str], found: list[Labelled], equation: str) -> list[Any]:
    every = {word for x in found for word in x.words}
    more = sorted(word for word in every if isinstance(word, tuple))
    if right is None:
        text = "".join(inputs).replace(".", "")
        return more + sorted(letter for letter in set(text) if text.count(letter) == 1)
    wanted: list[Any] = []
    for letter in right.replace("...", ELLIPSIS):
        if letter == ELLIPSIS:
            wanted += more
            continue
        _check_letter(letter, equation, equation.index("->") + 2)
        if letter in wanted:
            raise errors.ShapeError(f"einsum(): output subscript {letter} appears more than once in the output")
        if letter not in every:
            raise errors.ShapeError(
                f"einsum(): output subscript {letter} does not appear in the equation for any input operand"
            )
        wanted.append(letter)
    return wanted


def _order(found: list[Labelled], sizes: dict[Any, int], wanted: list[Any]) -> list[tuple[int, ...]]:
    """Which two to multiply, one pair after another; a product goes to the end of the list."""
    if len(found) > 2 and find_spec("opt_einsum") is not None:
        import opt_einsum  # noqa: PLC0415  optional

        letters = {word: chr(0x100 + i) for i, word in enumerate(sizes)}
        text = ",".join("".join(letters[word] for word in x.words) for x in found)
        text += "->" + "".join(letters[word] for word in wanted)
        shapes = [tuple(sizes[word] for word in x.words) for x in found]
        path = opt_einsum.contract_path(text, *shapes, shapes=True, optimize="auto")[0]
        if all(len(each) == 2 for each in path):
            return [tuple(each) for each in path]
    count = len(found)
    return [(0, 1), *((0, count - k - 1) for k in range(1, count - 1))] if count > 1 else []


# ------------------------------------------------------------------------ products


def _summed(x: Labelled, kept: set[Any]) -> Labelled:
    """The sum over the dimensions that nobody asks for."""
    axes = tuple(i for i, word in enumerate(x.words) if word not in kept)
    if not axes:
        return x
    return Labelled(reductions.sum(x.value, axes), [word for word in x.words if word in kept])


def _ordered(x: Labelled, words: list[Any]) -> Any:
    """The value with its dimensions in this order, size 1 where it lacks one."""
    have = [word for word in words if word in x.words]
    value = s.permute(x.value, tuple(x.words.index(word) for word in have))
    shape = dict(zip(have, shape_of(value), strict=True))
    return s.reshape(value, tuple(shape.get(word, 1) for word in words))


def _product(a: Labelled, b: Labelled, sizes: dict[Any, int], kept: set[Any]) -> Labelled:
    """The product of two, as one of stacks of matrices."""
    a, b = _summed(a, kept | set(b.words)), _summed(b, kept | set(a.words))
    shared = [word for word in a.words if word in b.words]
    inner = [word for word in shared if word not in kept]
    for word in inner:
        a, b = _alone(a, b, word)
    inner = [word for word in inner if word in a.words]
    batch = [word for word in shared if word in kept]
    rows = [word for word in a.words if word not in b.words]
    columns = [word for word in b.words if word not in a.words]
    if not inner:
        words = batch + rows + columns
        return Labelled(p.multiply(_ordered(a, words), _ordered(b, words)), words)
    x, y = _ordered(a, batch + rows + inner), _ordered(b, batch + inner + columns)
    at = len(batch)
    m, k, n = (prod(sizes[word] for word in group) for group in (rows, inner, columns))
    x = s.reshape(x, (*shape_of(x)[:at], m, k))
    y = s.reshape(y, (*shape_of(y)[:at], k, n))
    stack = broadcast_shapes(shape_of(x)[:at], shape_of(y)[:at])
    shape = (*stack, *(sizes[word] for word in rows), *(sizes[word] for word in columns))
    return Labelled(s.reshape(matmul(x, y), shape), batch + rows + columns)


def _alone(a: Labelled, b: Labelled, word: Any) -> tuple[Labelled, Labelled]:
    """Where one of two has size 1 in a dimension that is summed over, the other is summed first."""
    ends = [(x, x.words.index(word)) for x in (a, b)]
    sizes = [shape_of(x.value)[at] for x, at in ends]
    if sizes[0] == sizes[1]:
        return a, b
    first, second = (Labelled(reductions.sum(x.value, at), [w for w in x.words if w != word]) for x, at in ends)
    return first, second


def _arranged(x: Labelled, wanted: list[Any], sizes: dict[Any, int]) -> Any:
    x = _summed(x, set(wanted))
    order = tuple(x.words.index(word) for word in wanted)
    return x.value if order == tuple(range(len(order))) else s.permute(x.value, order)
