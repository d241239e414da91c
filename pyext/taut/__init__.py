"""taut: run only the tests that a change can affect.  PYTEST_DONT_REWRITE"""

__all__ = ["__version__"]


def __getattr__(name):
    # pytest imports this package in every run, for taut.plugin: the
    # extension is loaded only by runs that use it.
    if name == "__version__":
        from taut._core import VERSION
        return VERSION
    raise AttributeError("module %r has no attribute %r" % (__name__, name))
