"""taut: run only the tests that a change can affect.  PYTEST_DONT_REWRITE"""

from taut._core import VERSION as __version__

__all__ = ["__version__"]
