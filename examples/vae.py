"""A variational autoencoder of handwritten digits, which draws digits that nobody wrote.

    wengert run examples/vae.py [IMAGES.pgm]      on wengert
    python examples/vae.py [IMAGES.pgm]           on PyTorch, where it is installed

Kingma and Welling 2013: an encoder gives a mean and a spread in 8 dimensions, a decoder the chance of ink of each of
8 x 8 pixels. The script fails if the bound stays above 25.2 nats an image: the mean image has 27.1, and 13.7 is what
grey pixels cost in any case. With a file name it writes 8 x 8 drawn digits as a picture.
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

HIDDEN, DIMENSIONS = 128, 8
EPOCHS, BATCH = 40, 128


class Autoencoder(nn.Module):
    """From images to means and spreads, and from points to images."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 2 * DIMENSIONS))
        self.decoder = nn.Sequential(nn.Linear(DIMENSIONS, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 64))

    def forward(self, images):
        """The bound on the negative log likelihood, per image."""
        mean, spread = self.encoder(images).chunk(2, dim=1)
        point = mean + torch.exp(0.5 * spread) * torch.randn_like(mean)
        ink = F.binary_cross_entropy_with_logits(self.decoder(point), images, reduction="none").sum(1)
        apart = -0.5 * (1 + spread - mean**2 - spread.exp()).sum(1)
        return (ink + apart).mean()

    @torch.no_grad()
    def draw(self, count):
        """Images of points drawn from the prior."""
        return torch.sigmoid(self.decoder(torch.randn(count, DIMENSIONS))).reshape(count, 8, 8)


def write(images, path):
    """64 images as one picture in the portable graymap format."""
    rows = (1 - images).reshape(8, 8, 8, 8).transpose(1, 2).reshape(64, 64)
    numbers = "\n".join(" ".join(str(int(255 * v)) for v in row) for row in rows.tolist())
    Path(path).write_text(f"P2 64 64 255\n{numbers}\n")


def main(arguments):
    torch.manual_seed(0)
    images = torch.tensor(load_digits().data / 16.0, dtype=torch.float32)
    model = Autoencoder()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for epoch in range(1, EPOCHS + 1):
        total = 0.0
        for batch in torch.randperm(len(images)).split(BATCH):
            bound = model(images[batch])
            optimizer.zero_grad()
            bound.backward()
            optimizer.step()
            total += bound.item() * len(batch)
        if epoch % 10 == 0:
            print(f"epoch {epoch}: {total / len(images):.2f} nats an image")
    assert total / len(images) < 25.2, f"the bound stayed at {total / len(images):.2f}"
    drawn = model.draw(64)
    assert 0.2 < drawn.mean() < 0.45, "drawn digits have as much ink as written ones"
    if arguments:
        write(drawn, arguments[0])
        print(f"64 drawn digits are in {arguments[0]}")


if __name__ == "__main__":
    main(sys.argv[1:])
