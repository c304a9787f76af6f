"""Write down what PyTorch shows for every snippet, into `recorded/`.

PYTHONPATH=. python-with-torch -m tests.parity.record [subject ...]
"""

import json
import sys

from tests.parity.subjects import SUBJECTS, recording_path, snippets
from tests.parity.transcript import transcript


def record(subject):
    """Renew the file of one subject."""
    import torch

    torch.set_warn_always(True)
    shown = {name: transcript(torch, source, subject == "printing") for name, source in snippets(subject).items()}
    path = recording_path(subject)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(shown, indent=1, ensure_ascii=False) + "\n")
    return path


if __name__ == "__main__":
    for name in sys.argv[1:] or SUBJECTS:
        sys.stdout.write(f"{record(name).name}\n")
