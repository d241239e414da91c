"""How a test ended, in words.  PYTEST_DONT_REWRITE"""

from taut import _core

_WORDS = {
    _core.PASSED: "passed", _core.FAILED: "failed", _core.SKIPPED: "skipped",
    _core.XFAILED: "xfailed", _core.XPASSED: "xpassed",
}


class Outcome(_core.Outcome):
    def word(self):
        if self.when in ("setup", "teardown"):
            return "error in " + self.when
        return word(self.outcome)


def word(outcome):
    return _WORDS.get(outcome, "no outcome")
