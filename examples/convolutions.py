"""Handwritten digits, read by a convolutional network: modules, an optimizer, a schedule, a loader and a checkpoint.

    wengert run examples/convolutions.py      on wengert
    python examples/convolutions.py           on PyTorch, where it is installed

The data are the 1,797 images of 8 x 8 pixels that come with scikit-learn; every fifth is held back. The script fails if
it reads fewer than 97 % of the images that it never saw.
"""

import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EPOCHS = 8


class Reader(nn.Module):
    """Two convolutions, each followed by pooling, and a linear layer."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        )  # fmt: skip
        self.named = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(32 * 2 * 2, 10))

    def forward(self, images):
        return self.named(self.features(images))


def load():
    """The images and their digits, to learn from and held back."""
    digits = load_digits()
    images = torch.tensor(digits.images / 16.0, dtype=torch.float32).unsqueeze(1)
    labels = torch.tensor(digits.target)
    unseen = torch.arange(len(labels)) % 5 == 0
    return TensorDataset(images[~unseen], labels[~unseen]), TensorDataset(images[unseen], labels[unseen])


def train(model, data):
    loader = DataLoader(data, batch_size=64, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-2, total_steps=EPOCHS * len(loader))
    model.train()
    for epoch in range(1, EPOCHS + 1):
        total = 0.0
        for images, labels in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(images), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(images)
        if epoch % 4 == 0:
            print(f"epoch {epoch}: loss {total / len(data):.3f}")


@torch.no_grad()
def accuracy(model, data):
    """The fraction of the images whose digit the model names."""
    model.eval()
    right = sum((model(images).argmax(1) == labels).sum().item() for images, labels in DataLoader(data, batch_size=180))
    return right / len(data)


def main():
    torch.manual_seed(0)
    seen, unseen = load()
    model = Reader()
    train(model, seen)
    reached = accuracy(model, unseen)
    print(f"of the images held back, {reached:.1%} are read correctly")
    assert reached >= 0.97, f"only {reached:.1%} are read correctly"
    with tempfile.TemporaryDirectory() as folder:
        torch.save(model.state_dict(), Path(folder) / "reader.pt")
        again = Reader()
        again.load_state_dict(torch.load(Path(folder) / "reader.pt"))
    assert accuracy(again, unseen) == reached
    print("and as many after saving and loading")


if __name__ == "__main__":
    main()
