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
        self.seconds += getattr(report, "duration", 0.0)
        outcome = self.outcome
        if report.failed:
            outcome = _core.FAILED
            self.when = self.when or report.when
        elif outcome == _core.FAILED:
            pass
        elif report.skipped:
            outcome = (_core.XFAILED if hasattr(report, "wasxfail")
                       else _core.SKIPPED)
        elif report.passed and report.when == "call":
            outcome = (_core.XPASSED if hasattr(report, "wasxfail")
                       else _core.PASSED)
        self.outcome = outcome

    def word(self):
        if self.when in ("setup", "teardown"):
            return "error in " + self.when
        return word(self.outcome)


def word(outcome):
    return _WORDS.get(outcome, "no outcome")
