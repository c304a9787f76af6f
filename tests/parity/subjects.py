"""The subjects of the snippets, where they stand and where PyTorch's answers are kept."""

import importlib
import json
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
SUBJECTS = sorted(path.stem for path in (HERE / "cases").glob("[a-z]*.py"))


def snippets(subject):
    """The snippets of a subject by name."""
    return importlib.import_module(f"tests.parity.cases.{subject}").CASES


def recording_path(subject):
    """The file with what PyTorch shows for the snippets of a subject."""
    return HERE / "recorded" / f"{subject}.json"


@cache
def recorded(subject):
    """What PyTorch showed for each snippet of a subject."""
    return json.loads(recording_path(subject).read_text())


def every_case():
    """All pairs of a subject and a case."""
    return [(subject, name) for subject in SUBJECTS for name in snippets(subject)]
