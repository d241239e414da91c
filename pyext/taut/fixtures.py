"""Fixture instances: what their setup and teardown needed, and who used them.

A fixture wider than a function is set up in one test and used by many: every
instance has a carrier of its own, and all that use the instance refer to it.
A function-scoped fixture belongs to its test.  Xunit setups are fixtures for
pytest; the setup() of a collector (a package's, a custom one's) is made one
here.  PYTEST_DONT_REWRITE
"""

import pytest

from taut import pytest_compat
from taut._core import FIXTURE, Around


class _Setup(Around):
    """The setup of a fixture that more than one test may use."""

    def __init__(self, fixtures, fixturedef, number):
        self.fixtures = fixtures
        self.fixturedef = fixturedef
        self.number = number

    def over(self, failed):
        with self.fixtures.guard:
            self.fixtures.set_up(self.fixturedef, self.number)


class Fixtures(pytest_compat.Plugin):
    """A plugin; `recording` gives the recorder, or None when it failed."""

    def __init__(self, recording):
        self.recording = recording
        self.guard = recording.guard
        # FixtureDef -> carrier of its present instance
        self.numbers = {}
        self.open = set()	# carriers that a teardown may still add to
        self.nodes = {}		# collector with a setup -> its carrier
        self.above = {}		# parent of items -> such collectors
        self.use = pytest_compat.FixtureUse(self.used)

    def register(self, manager):
        pytest_compat.register(manager, self, "taut-fixtures",
                               {"pytest_fixture_setup": self.around_setup})

    def install(self):
        self.use.install()

    def remove(self):
        self.use.remove()
        self.numbers.clear()

    def used(self, fixturedef):
        """The innermost carrier uses a value that is there already."""
        number = self.numbers.get(fixturedef)
        if number is not None:
            with self.guard:
                self.recording.recorder.ref(number)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef, request):
        return (yield from self.around_setup(fixturedef, request))

    def around_setup(self, fixturedef, request):
        # A function's own belongs to its test: most do, so without a call.
        if fixturedef._scope is not pytest_compat.FUNCTION_SCOPE:
            with self.guard:
                return _Setup(self, fixturedef,
                              self._begin(fixturedef, request))
        return Around()

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
            pytest_compat.active_fixture(request, name)
        return number

    def set_up(self, fixturedef, number):
        recorder = self.recording.recorder
        recorder.pop(number, final=False)
        recorder.ref(number)
        self.numbers[fixturedef] = number
        self.open.add(number)
        # The setup's own come after this one, and those of later users came
        # before.
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

    def begin_test(self, item):
        """The test uses what the collectors above it have set up."""
        above = self.above.get(item.parent)
        if above is None:
            above = self.above[item.parent] = [
                node for node in item.listchain()[1:-1]
                if pytest_compat.has_setup(node)]
        for node in above:
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
