"""What surrounds a training loop: a loader, a schedule, data held back, progress, and logs to look at later.

    wengert run examples/training.py [--logs FOLDER]      on wengert
    python examples/training.py [--logs FOLDER]           on PyTorch, where it is installed

A network of three layers tells two crescents apart, which scikit-learn draws. Every epoch's numbers go to FOLDER, which
is a temporary one unless it is named: as a table to log.csv, to a file that `tensorboard --logdir FOLDER` shows, and
as curves to curves.png where matplotlib is installed.
The script fails if it tells fewer than 97 % of the points that it never saw, or if the table says something else.
"""

import argparse
import csv
import sys
import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F
from sklearn.datasets import make_moons
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

try:
    from torch.utils.tensorboard import SummaryWriter
except ImportError:  # PyTorch wants TensorBoard to be installed for it
    SummaryWriter = None

try:
    from matplotlib.figure import Figure  # not pyplot, which looks for a screen
except ImportError:
    Figure = None

EPOCHS = 20


class Log:
    """The numbers of each epoch, as a table and for TensorBoard."""

    def __init__(self, folder):
        self.file = Path(folder, "log.csv").open("w", newline="", encoding="utf-8")  # noqa: SIM115  see __exit__
        self.table = csv.writer(self.file)
        self.writer = SummaryWriter(folder) if SummaryWriter is not None else None

    def add(self, epoch, numbers):
        if epoch == 1:
            self.table.writerow(["epoch", *numbers])
        self.table.writerow([epoch, *numbers.values()])
        if self.writer is not None:
            for name, value in numbers.items():
                self.writer.add_scalar(name, value, epoch)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        if self.writer is not None:
            self.writer.close()


def load():
    """Points and the crescent that each belongs to, to learn from and held back."""
    points, labels = make_moons(1200, noise=0.1, random_state=0)
    data = torch.tensor(points, dtype=torch.float32), torch.tensor(labels)
    return TensorDataset(*(part[:900] for part in data)), TensorDataset(*(part[900:] for part in data))


def train_one_epoch(model, loader, optimizer, schedule):
    """One pass over the data in random order; returns the mean loss."""
    model.train()
    total = 0.0
    for points, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(points), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        total += loss.item() * len(labels)
    return total / len(loader.dataset)


@torch.no_grad()
def accuracy(model, loader):
    """The fraction of the points whose crescent the model names."""
    model.eval()
    right = sum((model(points).argmax(1) == labels).sum().item() for points, labels in loader)
    return right / len(loader.dataset)


def epochs():
    """Count the epochs, behind a progress bar where somebody watches."""
    if sys.stdout.isatty():
        try:
            from rich.progress import track
        except ImportError:
            pass
        else:
            return track(range(1, EPOCHS + 1), description="Training")
    return range(1, EPOCHS + 1)


def train(folder):
    """Train a model and log to a folder; returns the accuracy that it reached."""
    torch.manual_seed(0)
    seen, unseen = load()
    loader, unseen_loader = DataLoader(seen, batch_size=64, shuffle=True), DataLoader(unseen, batch_size=100)
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-2, total_steps=EPOCHS * len(loader))
    with Log(folder) as log:
        for epoch in epochs():
            loss = train_one_epoch(model, loader, optimizer, schedule)
            reached = accuracy(model, unseen_loader)
            log.add(epoch, {"loss": loss, "accuracy": reached, "rate": schedule.get_last_lr()[0]})
    return reached


def draw(rows, path):
    """The loss and the accuracy of each epoch as two curves, one above the other."""
    figure = Figure(figsize=(6, 5), layout="constrained")
    above, below = figure.subplots(2, sharex=True)
    for axes, name in ((above, "loss"), (below, "accuracy")):
        axes.plot([int(row["epoch"]) for row in rows], [float(row[name]) for row in rows], marker=".")
        axes.set_ylabel(name)
        axes.grid(alpha=0.3)
    above.set_yscale("log")
    below.set_xlabel("epoch")
    figure.savefig(path)


def main(folder):
    reached = train(folder)
    print(f"of the points held back, {reached:.1%} are told right")
    assert reached >= 0.97, f"only {reached:.1%} are told right"
    rows = list(csv.DictReader(Path(folder, "log.csv").read_text(encoding="utf-8").splitlines()))
    print(f"loss {float(rows[0]['loss']):.3f} in the first epoch, {float(rows[-1]['loss']):.3f} in the last")
    assert len(rows) == EPOCHS
    assert float(rows[-1]["accuracy"]) == reached
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"]) / 3
    if Figure is None:
        print("curves are drawn where matplotlib is: pip install matplotlib")
        return
    path = Path(folder, "curves.png")
    draw(rows, path)
    assert path.stat().st_size > 10_000
    print(f"the curves are in {path.name}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Train a small network and log its progress.")
    parser.add_argument("--logs", metavar="FOLDER", help="where to write; a temporary folder by default")
    asked = parser.parse_args().logs
    if asked:
        Path(asked).mkdir(parents=True, exist_ok=True)
        main(asked)
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(folder)
