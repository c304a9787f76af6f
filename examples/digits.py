"""Handwritten digits, read by a network of two layers: an ordinary PyTorch script.

    wengert run examples/digits.py      on wengert
    python examples/digits.py           on PyTorch, where it is installed

The data are the 1,797 images of 8 x 8 pixels that come with scikit-learn. Training is plain backward() and updates
under no_grad(); the script fails if it reads fewer than 95 % of the images that it never saw.
"""

import sys

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits

EPOCHS = 30
BATCH = 64
RATE = 0.5
HIDDEN = 64


def load():
    """The images and their digits, to learn from and held back: every fifth is held back, whatever the seed."""
    digits = load_digits()
    images = torch.tensor(digits.data / 16.0, dtype=torch.float32)
    labels = torch.tensor(digits.target)
    unseen = torch.arange(len(labels)) % 5 == 0
    return images[~unseen], labels[~unseen], images[unseen], labels[unseen]


def start(inputs, outputs):
    """Random weights, scaled so that the values keep their size from layer to layer, and biases of zero."""
    weight = torch.randn(inputs, outputs) * (2 / inputs) ** 0.5
    weight.requires_grad = True
    return weight, torch.zeros(outputs, requires_grad=True)


def scores(images, parameters):
    """One score for each image and digit; the highest is the network's answer."""
    weight_1, bias_1, weight_2, bias_2 = parameters
    return (images @ weight_1 + bias_1).relu() @ weight_2 + bias_2


def train_one_epoch(images, labels, parameters):
    """One pass over the images in random order; returns the mean loss."""
    order = torch.randperm(len(labels))
    total = 0.0
    for begin in range(0, len(labels), BATCH):
        batch = order[begin : begin + BATCH]
        loss = F.cross_entropy(scores(images[batch], parameters), labels[batch])
        loss.backward()
        with torch.no_grad():
            for parameter in parameters:
                parameter -= RATE * parameter.grad
                parameter.grad.zero_()
        total += loss.item() * len(batch)
    return total / len(labels)


def accuracy(images, labels, parameters):
    """The fraction of the images whose digit the network names."""
    with torch.no_grad():
        named = scores(images, parameters).argmax(dim=1)
    return (named == labels).sum().item() / len(labels)


def epochs():
    """Count the epochs, behind a progress bar where somebody watches, and say whether there is one."""
    if sys.stdout.isatty():
        try:
            from rich.progress import track
        except ImportError:
            pass
        else:
            yield from ((epoch, True) for epoch in track(range(1, EPOCHS + 1), description="Training"))
            return
    yield from ((epoch, False) for epoch in range(1, EPOCHS + 1))


def main():
    torch.manual_seed(0)
    images, labels, unseen_images, unseen_labels = load()
    parameters = (*start(64, HIDDEN), *start(HIDDEN, 10))
    print(f"{len(labels)} images to learn from, {len(unseen_labels)} held back")
    for epoch, has_bar in epochs():
        loss = train_one_epoch(images, labels, parameters)
        if not has_bar and epoch % 10 == 0:
            print(f"epoch {epoch:>2}: loss {loss:.4f}")
    reached = accuracy(unseen_images, unseen_labels, parameters)
    print(f"of the images held back, {reached:.1%} are read correctly")
    assert loss < 0.1, f"the loss stayed at {loss:.4f}"
    assert reached >= 0.95, f"only {reached:.1%} are read correctly"


if __name__ == "__main__":
    main()
