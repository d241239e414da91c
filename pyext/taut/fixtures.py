"""Fixture instances: what their setup and teardown needed, and who used them.

A fixture wider than a function is set up in one test and used by many: every
instance has a carrier of its own, and all that use the instance refer to it.
A function-scoped fixture belongs to its test.  Xunit setups are fixtures for
pytest; the setup() of a collector (a package's, a custom one's) is made one
here.  PYTEST_DONT_REWRITE
"""

from taut import pytest_compat
from taut._core import FIXTURE


class Fixtures:
    """`recording` gives the recorder, or None when it failed."""

    def __init__(self, recording):
        self.recording = recording
        self.guard = recording.guard
        self.use = pytest_compat.FixtureUse(self._watch_setup)
        self.numbers = self.use.numbers
        self.open = set()	# carriers that a teardown may still add to
        self.nodes = {}		# collector with a setup -> its carrier

    def install(self, arounds):
        self.use.install(arounds)

    def remove(self):
        self.use.remove()

    def _watch_setup(self, arguments):
        """Arguments of pytest_fixture_setup -> what is called after it."""
        fixturedef = arguments["fixturedef"]
        with self.guard:
            number = self._begin(fixturedef, arguments["request"])
            return lambda failed: self._is_up(fixturedef, number)
        return None

    def _begin(self, fixturedef, request):
        recorder = self.recording.recorder
        owner = "%s::%s" % (fixturedef.baseid, fixturedef.argname)
        if hasattr(request, "param"):
            owner += "[%d]" % request.param_index
        number = recorder.push(FIXTURE, owner)
        # Finalizers run last in, first out: nothing comes after this one.
        fixturedef.addfinalizer(lambda: self._torn_down(fixturedef))
        # pytest got these before it came here, in the user's carrier.
        for name in fixturedef.argnames:
            used = self.use.active(request, name)
            if used is not None:
                recorder.ref(used)
        return number

    def _is_up(self, fixturedef, number):
        with self.guard:
            recorder = self.recording.recorder
            recorder.pop(number, final=False)
            recorder.ref(number)
            self.numbers[fixturedef] = number
            self.open.add(number)
            # The setup's own come after this one, and those of later users
            # came before.
            fixturedef.addfinalizer(lambda: self._teardown(fixturedef))

    def _teardown(self, fixturedef):
        number = self.numbers.get(fixturedef)
        if number is not None:
            with self.guard:
                self.recording.recorder.reopen(number)

    def _torn_down(self, fixturedef):
        number = self.numbers.pop(fixturedef, None)
        if number is not None:
            with self.guard:
                self.recording.recorder.pop(number)
                self.open.discard(number)

    def settle(self):
        """The run is over: what was not torn down by now never will be.

        Plugins that repeat a test drop fixtures without their teardown.
        """
        for number in sorted(self.open):
            self.recording.recorder.reopen(number)
            self.recording.recorder.pop(number)
        self.open.clear()

    # ---- collectors ----

    def use_setups(self, nodes):
        """The test uses what these collectors above it have set up."""
        for node in nodes:
            if node not in self.nodes:
                self.nodes[node] = None
                self._watch(node)
            elif self.nodes[node] is not None:
                self.recording.recorder.ref(self.nodes[node])

    def _watch(self, node):
        setup, teardown = node.setup, node.teardown

        def watched_setup():
            __tracebackhide__ = True
            number = None
            with self.guard:
                number = self.recording.recorder.push(
                    FIXTURE, node.nodeid + "::setup")
            try:
                setup()
            finally:
                with self.guard:
                    self._set_up(node, number)

        def watched_teardown():
            __tracebackhide__ = True
            try:
                teardown()
            finally:
                number, self.nodes[node] = self.nodes[node], None
                if number is not None:
                    with self.guard:
                        self.recording.recorder.pop(number)
                        self.open.discard(number)

        node.setup, node.teardown = watched_setup, watched_teardown

    def _set_up(self, node, number):
        recorder = self.recording.recorder
        recorder.pop(number, final=False)
        recorder.ref(number)
        self.nodes[node] = number
        self.open.add(number)
        # The last finalizer runs first, and teardown() is the very last.
        node.addfinalizer(lambda: self._tear_down(number))

    def _tear_down(self, number):
        with self.guard:
            self.recording.recorder.reopen(number)
