"""Writes the file that test_pytorch.py reads, with PyTorch 2.13: run this with a Python that has it."""

from collections import OrderedDict
from pathlib import Path

FILE = Path(__file__).parent / "written_by_pytorch.pt"


def main():
    import torch

    shared = torch.arange(6.0)
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    with torch.no_grad():
        for i, p in enumerate(model.parameters()):
            p.fill_(i)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    model(torch.ones(4, 2)).sum().backward()
    optimizer.step()
    with torch.no_grad():
        for i, p in enumerate(model.parameters()):
            p.fill_(i)
    torch.save(
        {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "parameter": torch.nn.Parameter(torch.tensor([1.5, 2.5])),
            "leaf": torch.tensor([1.0], requires_grad=True),
            "shared": [shared, shared[2:4], shared.reshape(2, 3).t()],
            "dtypes": {str(d): torch.ones(2, dtype=d) for d in (
                torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16,
                torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128, torch.uint16,
                torch.uint32, torch.uint64)},
            "plain": [1, -2, 2**70, 1.5, float("inf"), "word", b"bytes", None, True, (1, (2,)), {1, 2}, 1 + 2j],
            "ordered": OrderedDict(b=1, a=2),
            "size": torch.Size([2, 3]),
            "dtype": torch.float16,
            "device": torch.device("cpu"),
            "empty": torch.empty(0, 3),
        },
        FILE,
    )  # fmt: skip


if __name__ == "__main__":
    main()
