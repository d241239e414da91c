"""How a test ended, from the reports of its phases.  PYTEST_DONT_REWRITE"""

from taut import _core

_WORDS = {
    _core.PASSED: "passed", _core.FAILED: "failed", _core.SKIPPED: "skipped",
    _core.XFAILED: "xfailed", _core.XPASSED: "xpassed",
}


class Outcome:
    def __init__(self):
        self.outcome = None	# enum taut_outcome, or None: no report
        self.seconds = 0.0
        self.when = None	# the phase that failed

    def add(self, report):
        # Three times a test: no more attributes than are needed.
        self.seconds += getattr(report, "duration", 0.0)
        outcome = report.outcome
        if outcome == "failed":
            self.outcome = _core.FAILED
            self.when = self.when or report.when
        elif self.outcome == _core.FAILED:
            pass
        elif outcome == "skipped":
            self.outcome = (_core.XFAILED if hasattr(report, "wasxfail")
                            else _core.SKIPPED)
        elif outcome == "passed" and report.when == "call":
            self.outcome = (_core.XPASSED if hasattr(report, "wasxfail")
                            else _core.PASSED)

    def word(self):
        if self.when in ("setup", "teardown"):
            return "error in " + self.when
        return word(self.outcome)


def word(outcome):
    return _WORDS.get(outcome, "no outcome")
