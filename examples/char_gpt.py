"""A small GPT that writes letter by letter, trained on a poem.

    wengert run examples/char_gpt.py      on wengert
    python examples/char_gpt.py           on PyTorch, where it is installed

Two layers of width 64 with 4 heads, and 32 letters of context. The text is in examples/data; the script fails if the
loss stays above 1.8 nats a letter (guessing by the frequencies of letters costs 3.1).
"""

import math
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

WIDTH, HEADS, LAYERS, CONTEXT = 64, 4, 2, 32
STEPS, BATCH = 200, 32
TEXT = Path(__file__).parent / "data" / "blake.txt"


class Block(nn.Module):
    """Attention to earlier letters, and a network of two layers."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.heads, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.network = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x):
        batch, letters, _ = x.shape
        parts = self.heads(self.first(x)).reshape(batch, letters, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind(0)
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.out(seen.transpose(1, 2).reshape(batch, letters, WIDTH))
        return x + self.network(self.second(x))


class Writer(nn.Module):
    """From letters to the scores of the letters that follow."""

    def __init__(self, alphabet):
        super().__init__()
        self.letters, self.places = nn.Embedding(alphabet, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.last = nn.LayerNorm(WIDTH)
        self.scores = nn.Linear(WIDTH, alphabet)

    def forward(self, text):
        x = self.letters(text) + self.places(torch.arange(text.shape[1]))
        return self.scores(self.last(self.blocks(x)))


def rate(step):
    """Warm up, then down along half a cosine."""
    return min(step / 20, 0.5 * (1 + math.cos(math.pi * step / STEPS)))


@torch.no_grad()
def written(model, alphabet, beginning, letters):
    """A text continued, each letter drawn by its chances."""
    text = torch.tensor([[alphabet.index(letter) for letter in beginning]])
    for _ in range(letters):
        chances = F.softmax(model(text[:, -CONTEXT:])[:, -1], dim=1)
        text = torch.cat([text, torch.multinomial(chances, 1)], dim=1)
    return "".join(alphabet[i] for i in text[0].tolist())


def main():
    torch.manual_seed(0)
    poem = TEXT.read_text(encoding="utf-8")
    alphabet = sorted(set(poem))
    text = torch.tensor([alphabet.index(letter) for letter in poem])
    model = Writer(len(alphabet))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    print(f"{len(poem)} letters, {sum(p.numel() for p in model.parameters())} parameters")
    losses = []
    for step in range(1, STEPS + 1):
        begin = torch.randint(len(text) - CONTEXT - 1, (BATCH, 1))
        piece = text[begin + torch.arange(CONTEXT + 1)]
        loss = F.cross_entropy(model(piece[:, :-1]).flatten(0, 1), piece[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if step % 50 == 0:
            print(f"step {step}: loss {sum(losses[-10:]) / 10:.2f}")
    reached = sum(losses[-10:]) / 10
    print(written(model, alphabet, "Tyger", 80))
    assert reached < 1.8, f"the loss stayed at {reached:.2f}"


if __name__ == "__main__":
    main()
