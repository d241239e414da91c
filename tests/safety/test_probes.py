"""The probes as tests: `pytest tests/safety/test_probes.py -k lru_cache`.

Every probe is run with the default core; where it matters, also with the trace core, by the name
rule, and with -n 2: SAFETY_CONFIGS=default,n2 chooses.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import harness  # noqa: E402
from probes import AGAINST_NAMES, MODULE  # noqa: E402
from runner import Runner, tools  # noqa: E402

CONFIGS = os.environ.get("SAFETY_CONFIGS", "default,trace,n2,name").split(",")


def tried(p, config):
    if p.issue == 9:
        return False
    if config == "name":
        return p.group in MODULE
    return config != "default" or p.group not in AGAINST_NAMES


ITEMS = [(p, c) for p, c in harness.select("", CONFIGS, "all") if tried(p, c)]


@pytest.fixture(scope="module")
def runner():
    with Runner(tools()["taut"]) as runner:
        yield runner


@pytest.mark.parametrize("item", ITEMS, ids=[f"{p.id}-{c}" for p, c in ITEMS])
def test_probe(item, runner):
    v = harness.judge(runner, item)
    if v.problems:
        pytest.fail(v.explain() + "\n" + v.output, pytrace=False)
