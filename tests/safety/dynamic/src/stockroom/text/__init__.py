from .money import *  # noqa: F401,F403
from .units import *  # noqa: F401,F403

from . import money, units

__all__ = money.__all__ + units.__all__
