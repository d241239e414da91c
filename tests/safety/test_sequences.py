"""Random sequences as tests, with fixed seeds: SAFETY_SEQUENCES=200 runs more of them."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import sequences  # noqa: E402
from runner import Runner, tools  # noqa: E402


@pytest.mark.parametrize("seed", range(int(os.environ.get("SAFETY_SEQUENCES", "12"))))
def test_sequence(seed):
    with Runner(tools()["taut"]) as runner:
        account = sequences.check(runner, seed)
    if account:
        pytest.fail(account, pytrace=False)
