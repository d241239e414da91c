"""The probes as tests: `pytest tests/safety/test_probes.py -k lru_cache`.

All selected ones are run beforehand, two at a time, while pytest reports.  Every probe is run with
the default core; where it matters, also with the trace core, by the name rule, and with -n 2:
SAFETY_CONFIGS=default,n2 chooses.
"""

import os
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import harness  # noqa: E402
from probes import MODULE  # noqa: E402
from runner import Pool, tools  # noqa: E402

CONFIGS = os.environ.get("SAFETY_CONFIGS", "default,trace,n2,name").split(",")
ITEMS = [(p, c) for p, c in harness.select("", CONFIGS, "all") if p.issue != 9 and (c != "name" or p.group in MODULE)]


@pytest.fixture(scope="module")
def verdicts(request):
    """A function (probe, config) -> its verdict, waited for."""
    wanted = [i.callspec.params["item"] for i in request.session.items if i.fspath == request.fspath
              and "item" in getattr(i, "callspec", type("", (), {"params": ()})).params]
    pool, ready, cond = Pool(tools()["taut"]), {}, threading.Condition()

    def work():
        for item, v in zip(wanted, pool.map(harness.judge, wanted)):
            with cond:
                ready[item[0].id, item[1]] = v
                cond.notify_all()

    def wait(item):
        with cond:
            cond.wait_for(lambda: (item[0].id, item[1]) in ready)
            return ready[item[0].id, item[1]]
    threading.Thread(target=work, daemon=True).start()
    yield wait
    pool.close()


@pytest.mark.parametrize("item", ITEMS, ids=[f"{p.id}-{c}" for p, c in ITEMS])
def test_probe(item, verdicts):
    v = verdicts(item)
    if isinstance(v, Exception):
        raise v
    if v.problems:
        pytest.fail(v.explain() + "\n" + v.output, pytrace=False)
