"""Every call of every public function keeps every law: test ids are function-arguments-law."""

import pytest
from tests.functions.calls import every_call
from tests.functions.laws import applicable, quietly


def cases():
    for name, calls in every_call().items():
        for i, call in enumerate(calls):
            for law in applicable(name, call):
                yield pytest.param(law, name, call, id=f"{name}-{i}-{call.title}-{law.__name__}")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("law", "name", "call"), list(cases()))
def test_law(law, name, call):
    quietly(law, name, call)
