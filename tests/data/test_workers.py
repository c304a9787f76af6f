"""Loading by processes: the same batches, errors that come through, and nobody left behind."""

import gc
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from tests.data import sources

import wengert as torch
from wengert.utils.data import DataLoader, sharing

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="processes are looked at as POSIX shows them"),
    # Python warns of fork() beside threads; a worker uses none of them
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
METHODS = ["fork", "spawn"]


@pytest.fixture(autouse=True)
def memory(monkeypatch, few_objects):
    """A folder of this test's own for files in memory; nothing is left in it, and no worker."""
    own = Path(tempfile.mkdtemp(prefix="tests-of-wengert-", dir=sharing.MEMORY if sharing.MEMORY.is_dir() else None))
    monkeypatch.setattr(sharing, "MEMORY", own)
    yield own
    gc.collect()
    assert multiprocessing.active_children() == []
    own.rmdir()


def loader(dataset, method="fork", workers=2, **options):
    return DataLoader(dataset, num_workers=workers, multiprocessing_context=method, **options)


@pytest.mark.parametrize("method", METHODS)
def test_batches_are_those_of_the_program_itself(method):
    data = sources.Counting(23)

    def batches(**options):
        generator = torch.Generator().manual_seed(7)
        return [b.tolist() for b in DataLoader(data, batch_size=4, shuffle=True, generator=generator, **options)]

    assert batches(num_workers=2, multiprocessing_context=method) == batches()
    assert batches(num_workers=1, multiprocessing_context=method, prefetch_factor=1) == batches()


@pytest.mark.parametrize("method", METHODS)
def test_large_arrays_come_through_shared_memory(method):
    kept = list(loader(sources.Big(6), method, batch_size=2))
    for i, batch in enumerate(kept):
        assert batch["x"].shape == (2, 100, 100)
        assert set(batch["x"][1].flatten().tolist()) == {2 * i + 1}
        assert batch["y"][:, 0].tolist() == [2 * i, 2 * i + 1]
        assert batch["name"] == [f"number {2 * i}", f"number {2 * i + 1}"]
    kept[0]["x"].add_(1)  # it may be written, and is nobody else's
    assert kept[0]["x"][0, 0, 0].item() == 1
    assert kept[1]["x"][0, 0, 0].item() == 2


@pytest.mark.parametrize("method", METHODS)
def test_an_error_comes_through_with_its_traceback(method):
    batches = iter(loader(sources.Failing(8), method, batch_size=2))
    assert [next(batches).tolist() for _ in range(2)] == [[0, 1], [2, 3]]
    with pytest.raises(LookupError) as caught:
        next(batches)
    text = str(caught.value)
    assert text.startswith("Caught LookupError in DataLoader worker process 0.\nOriginal Traceback (most recent call")
    assert "sources.py" in text
    assert "no element 5" in text
    assert next(batches).tolist() == [6, 7]
    del batches


def test_errors_of_unusual_kinds():
    with pytest.raises(RuntimeError, match="Caught NeedsTwo in DataLoader worker process 0"):
        list(loader(sources.FailingOddly(2)))
    with pytest.raises(KeyError) as caught:
        list(loader(sources.MissingKey(2)))
    assert "\n" in str(caught.value)  # not quoted, as a KeyError quotes its key


@pytest.mark.parametrize("method", METHODS)
def test_a_worker_that_dies_is_an_error(method):
    started = time.monotonic()
    with pytest.raises(RuntimeError, match=r"DataLoader worker \(pid\(s\) \d+\) exited unexpectedly\nTry: it ended wi"):
        list(loader(sources.Dying(40), method, batch_size=2))
    assert time.monotonic() - started < 20


def test_a_worker_that_is_killed_is_an_error():
    batches = iter(loader(sources.Uneven(50)))
    next(batches)
    multiprocessing.active_children()[0].kill()
    with pytest.raises(RuntimeError, match=r"exited unexpectedly\nTry: it ended by signal 9"):
        list(batches)


def test_a_timeout():
    with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0.5 seconds"):
        list(loader(sources.Slow(4), timeout=0.5))


def test_leaving_early():
    for batch in loader(sources.Big(1000)):
        assert batch["x"].shape == (1, 100, 100)
        break
    batches = iter(loader(sources.Slow(4)))
    next(batches)
    started = time.monotonic()
    del batches
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("method", METHODS)
def test_what_workers_know(method):
    generator = torch.Generator().manual_seed(1)
    found = list(loader(sources.Informed(6), method, batch_size=None, generator=generator, worker_init_fn=sources.grow))
    assert [each[0] for each in found] == [0, 1, 0, 1, 0, 1]
    assert {each[1] for each in found} == {2}
    assert len({each[3] for each in found} - {os.getpid()}) == 2
    first, second = found[0], found[1]
    assert second[2] == first[2] + 1
    assert [each[7] for each in found] == [100, 101] * 3
    for drawn in (4, 5, 6):
        assert len({each[drawn] for each in found}) == 6
    again = list(loader(sources.Informed(6), method, batch_size=None, generator=generator.manual_seed(1)))
    assert [each[4:7] for each in again] == [each[4:7] for each in found]


def test_a_worker_that_does_not_start():
    with pytest.raises(ValueError, match="worker 0 does not start"):
        list(loader(sources.Counting(2), worker_init_fn=sources.refuse))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("persistent", [False, True])
def test_iterable_data_is_read_by_all_workers(method, persistent):
    load = loader(sources.Stream(11), method, batch_size=3, persistent_workers=persistent)
    for _ in range(2):
        assert [b.tolist() for b in load] == [[0, 2, 4], [1, 3, 5], [6, 8, 10], [7, 9]]


def test_persistent_workers_live_on():
    load = loader(sources.Informed(4), batch_size=None, persistent_workers=True)
    first = {each[3] for each in load}
    batches = iter(load)
    next(batches)  # an epoch that is left early
    assert {each[3] for each in load} == first
    assert len(list(load)) == 4
    del load, batches


def test_persistent_workers_start_again_after_an_end():
    load = loader(sources.Dying(6), persistent_workers=True)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="exited unexpectedly"):
            list(load)


def test_batches_as_they_are_ready():
    load = loader(sources.Uneven(6), in_order=False, batch_size=None)
    found = list(load)
    assert sorted(found) == list(range(6))
    assert found[0] == 1


def test_an_iterator_without_a_loader():
    batches = iter(loader(sources.Counting(4)))
    assert len(list(batches)) == 4
    assert list(batches) == []


SCRIPT = """
import os, pathlib, sys
from wengert.utils.data import DataLoader, sharing
from tests.data import sources
if __name__ == "__main__":
    sharing.MEMORY = pathlib.Path({memory!r})
    batches = iter(DataLoader(sources.Uneven(1000), num_workers=2, multiprocessing_context="{method}"))
    next(batches)
    print(*[w.process.pid for w in batches._workers], flush=True)
    {end}
"""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "sys.exit(0)", "raise SystemError"])
def test_workers_end_with_the_program(method, end, tmp_path, memory):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(method=method, end=end, memory=str(memory)))
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *sys.path])}
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, env=environment, timeout=60
    )
    workers = [int(pid) for pid in done.stdout.split()]
    assert len(workers) == 2, done.stderr
    until = time.monotonic() + 10
    while any(map(is_running, workers)) or any(memory.iterdir()):
        assert time.monotonic() < until
        time.sleep(0.05)


def is_running(pid):
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_an_exotic_number_of_workers_is_told():
    with pytest.warns(UserWarning, match="This DataLoader will create 1000 worker processes in total."):
        DataLoader(sources.Counting(2), num_workers=1000)
