"""The loops: ordinary Python over flat arrays, in the grammar of `translate`.

`start` and `stop` say which rows a call does; rows do not meet, so threads may share them.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from wengert.native.calls import native

Elements: TypeAlias = Any
Doubles: TypeAlias = Any
Places: TypeAlias = Any
Bytes: TypeAlias = Any
Element: TypeAlias = Any


@native
def running_sums(start: int, stop: int, x: Elements, out: Elements, length: int, backwards: int, step: int) -> None:
    """The sums of each row up to each element, or from it to the end; added up in double.

    `step` is 1, or 0 where x is one number that stands for all. Four rows at a time, since a sum waits for the one
    before.
    """
    forth = 1 - 2 * backwards
    begin = backwards * (length - 1)
    alone = start + (stop - start) // 4 * 4
    for row in range(start, alone, 4):
        i = row * length + begin
        a = 0.0
        b = 0.0
        c = 0.0
        d = 0.0
        for _ in range(length):
            a += x[i * step]
            b += x[(i + length) * step]
            c += x[(i + 2 * length) * step]
            d += x[(i + 3 * length) * step]
            out[i] = a
            out[i + length] = b
            out[i + 2 * length] = c
            out[i + 3 * length] = d
            i += forth
    for row in range(alone, stop):
        i = row * length + begin
        total = 0.0
        for _ in range(length):
            total += x[i * step]
            out[i] = total
            i += forth


@native
def row_sums(start: int, stop: int, x: Elements, out: Elements, rows: int, each: int, width: int) -> None:
    """out[p] = x[p * each] + x[p * each + 1] + ..., rows of `width` elements, one after the other."""
    for p in range(start, stop):
        first = p * each
        for j in range(width):
            out[p * width + j] = x[first * width + j]
        for row in range(first + 1, min(first + each, rows)):
            for j in range(width):
                out[p * width + j] += x[row * width + j]


@native
def picked(
    start: int, stop: int, x: Elements, at: Places, out: Elements, fault: Places, length: int, count: int, inner: int
) -> None:  # fmt: skip
    """out[r, i, j] = x[r, at[r, i, j], j] for rows r, where x has `length` and out `count` of what i counts.

    A place that is outside is taken for the first, and `fault[0]` is set to 1.
    """
    for row in range(start, stop):
        base = row * length
        if inner == 1:  # the usual case, in half the time of an inner loop of one turn
            for i in range(row * count, (row + 1) * count):
                k = at[i]
                if k < 0 or k >= length:
                    fault[0] = 1
                    k = 0
                out[i] = x[base + k]
        else:
            for i in range(row * count, (row + 1) * count):
                for j in range(inner):
                    k = at[i * inner + j]
                    if k < 0 or k >= length:
                        fault[0] = 1
                        k = 0
                    out[i * inner + j] = x[(base + k) * inner + j]


@native
def put_back(
    start: int, stop: int, g: Elements, at: Places, out: Elements, fault: Places, length: int, count: int, inner: int,
    step: int,
) -> None:  # fmt: skip
    """The transpose of `picked`: each element is added where it would have been read.

    `step` is 1, or 0 where g is one number that stands for all.
    """
    for row in range(start, stop):
        base = row * length
        if inner == 1:
            for i in range(row * count, (row + 1) * count):
                k = at[i]
                if k < 0 or k >= length:
                    fault[0] = 1
                    k = 0
                out[base + k] += g[i * step]
        else:
            for i in range(row * count, (row + 1) * count):
                for j in range(inner):
                    k = at[i * inner + j]
                    if k < 0 or k >= length:
                        fault[0] = 1
                        k = 0
                    out[(base + k) * inner + j] += g[(i * inner + j) * step]


@native
def add_rows(start: int, stop: int, g: Elements, at: Places, out: Elements, count: int, width: int) -> None:
    """out[at[i]] += g[i] for rows of `width`; a call does those that land between start and stop."""
    for i in range(count):
        row = at[i]
        if start <= row and row < stop:  # noqa: PLR1716  a chain is not in the grammar
            for j in range(width):
                out[row * width + j] += g[i * width + j]


@native
def ordered(
    start: int, stop: int, bits: Elements, order: Places, keys: Places, spare_keys: Places, spare: Places,
    counts: Places, length: int, digits: int, infinity: int, descending: int,
) -> None:  # fmt: skip
    """Where the elements of each row go when it is sorted; equal ones keep their order, NaN is the largest.

    By digits of eight bits, the last first. `bits` are the elements as integers; `infinity` is that of floats, and
    -1 says that they are integers. The arrays between are room to work in: `counts` has 256 for each row.
    """
    sign = 1 << (8 * digits - 1)
    for row in range(start, stop):
        base = row * length
        for i in range(base, base + length):
            key: int = bits[i]
            if infinity >= 0:
                if (key & (sign - 1)) > infinity:
                    key = sign - 1  # every NaN
                if (key & (sign - 1)) == 0:
                    key = 0  # -0.0 as well
                if key < 0:
                    key = (-1 - key) ^ sign
            key = (key ^ sign) if descending == 0 else (-1 - key) ^ sign
            keys[i] = key
            order[i] = i - base
        for digit in range(digits):
            for k in range(row * 256, row * 256 + 256):
                counts[k] = 0
            for i in range(base, base + length):
                key = keys[i] if digit % 2 == 0 else spare_keys[i]
                counts[row * 256 + ((key >> (8 * digit)) & 255)] += 1
            place = base
            for k in range(row * 256, row * 256 + 256):
                many = counts[k]
                counts[k] = place
                place += many
            for i in range(base, base + length):
                key = keys[i] if digit % 2 == 0 else spare_keys[i]
                slot = row * 256 + ((key >> (8 * digit)) & 255)
                to = counts[slot]
                counts[slot] = to + 1
                if digit % 2 == 0:
                    spare_keys[to] = key
                    spare[to] = order[i]
                else:
                    keys[to] = key
                    order[to] = spare[i]


@native
def overlapping(
    start: int, stop: int, x: Elements, out: Elements, ka: int, kb: int, kc: int, oa: int, ob: int, oc: int,
    na: int, nb: int, nc: int, sa: int, sb: int, sc: int, da: int, db: int, dc: int, inner: int,
) -> None:  # fmt: skip
    """Add up windows where they overlap: rows of ka x kb x kc x oa x ob x oc x inner into na x nb x nc x inner.

    k is the size of a window along an axis, o how many there are, n how long the axis is, s the step from one window
    to the next, and d that between the elements of one.
    """
    turns = 1 if sc == 1 else oc  # windows that follow one another closely are added in one run
    run = oc * inner if sc == 1 else inner
    for row in range(start, stop):
        whole = na * nb * nc * inner
        for i in range(row * whole, row * whole + whole):
            out[i] = 0
        for p in range(ka):
            for q in range(kb):
                for r in range(kc):
                    for a in range(oa):
                        for b in range(ob):
                            rank = ((row * ka + p) * kb + q) * kc + r
                            source = ((rank * oa + a) * ob + b) * oc * inner
                            line = (row * na + a * sa + p * da) * nb + b * sb + q * db
                            target = (line * nc + r * dc) * inner
                            for _ in range(turns):
                                for j in range(run):
                                    out[target + j] += x[source + j]
                                source += run
                                target += sc * inner


@native
def window_largest(
    start: int, stop: int, x: Elements, out: Places, na: int, nb: int, nc: int, oa: int, ob: int, oc: int,
    ka: int, kb: int, kc: int, sa: int, sb: int, sc: int, da: int, db: int, dc: int, pa: int, pb: int, pc: int,
    inner: int,
) -> None:  # fmt: skip
    """Where in rows of na x nb x nc x inner elements the largest of each window is, NaN counting as larger than all.

    n is how long an axis is, o how many windows it has, k their size, s the step from one to the next, d that between
    the elements of one, and p how far the first begins before the axis.
    """
    pairs = kb == 2 and kc == 2 and sb == 2 and sc == 2 and db == 1 and dc == 1 and pb == 0 and pc == 0
    pairs = pairs and na == 1 and oa == 1 and ka == 1 and pa == 0 and inner == 1 and 2 * ob <= nb and 2 * oc <= nc
    for row in range(start, stop if pairs else start):  # two by two, as is usual: in vectors
        for b in range(ob):
            first = 2 * b * nc
            line = row * nb * nc + first
            target = (row * ob + b) * oc
            for c in range(oc):
                top: Element = x[line + 2 * c]
                place = 0
                right: Element = x[line + 2 * c + 1]
                wins = right > top or right != right  # noqa: PLR0124  NaN
                top = right if wins else top
                place = 1 if wins else place
                below: Element = x[line + nc + 2 * c]
                wins = below > top or below != below  # noqa: PLR0124
                top = below if wins else top
                place = nc if wins else place
                across: Element = x[line + nc + 2 * c + 1]
                wins = across > top or across != across  # noqa: PLR0124
                place = nc + 1 if wins else place
                out[target + c] = first + 2 * c + place
    for row in range(stop if pairs else start, stop):
        for a in range(oa):
            fa = a * sa - pa
            ea = min(fa + ka * da, na)
            while fa < 0:  # once or twice: sooner than to divide
                fa += da
            fa = min(fa, na - 1)
            for b in range(ob):
                fb = b * sb - pb
                eb = min(fb + kb * db, nb)
                while fb < 0:
                    fb += db
                fb = min(fb, nb - 1)
                for c in range(oc):
                    fc = c * sc - pc
                    ec = min(fc + kc * dc, nc)
                    while fc < 0:
                        fc += dc
                    fc = min(fc, nc - 1)
                    for j in range(inner):
                        place = (fa * nb + fb) * nc + fc
                        best: Element = x[(row * na * nb * nc + place) * inner + j]
                        for p in range(fa, ea, da):
                            for q in range(fb, eb, db):
                                for r in range(fc, ec, dc):
                                    at = (p * nb + q) * nc + r
                                    value: Element = x[(row * na * nb * nc + at) * inner + j]
                                    wins = value > best or value != value  # noqa: PLR0124  NaN
                                    best = value if wins else best  # no branch: nobody can foretell it
                                    place = at if wins else place
                        out[(((row * oa + a) * ob + b) * oc + c) * inner + j] = place
