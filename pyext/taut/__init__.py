"""taut: run only the tests that a change can affect.  PYTEST_DONT_REWRITE"""

import sys
# Of importlib.machinery, which costs a child process what it may not need.
from _frozen_importlib_external import PathFinder

__all__ = ["__version__"]


class AsInstalled:
    """While it is entered, our modules are loaded from their .pyc.

    pytest takes plugins for code to be rewritten, and compiles them anew in
    every run where it may not write (PYTHONDONTWRITEBYTECODE): 80 ms.
    """

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith("taut."):
            return PathFinder.find_spec(name, path, target)
        return None

    def __enter__(self):
        sys.meta_path.insert(0, self)

    def __exit__(self, *error):
        sys.meta_path.remove(self)


def __getattr__(name):
    # pytest imports this package in every run, for taut.plugin: the
    # extension is loaded only by runs that use it.
    if name == "__version__":
        from taut._core import VERSION
        return VERSION
    raise AttributeError("module %r has no attribute %r" % (__name__, name))
