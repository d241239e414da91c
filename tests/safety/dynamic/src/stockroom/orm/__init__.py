"""Declarative models over dictionaries."""

from .fields import *  # noqa: F401,F403
from .mixins import SoftDelete, Timestamped
from .models import Model, registry
from .query import F, Query
from .relations import BackReference, Reference

from . import fields as _fields

__all__ = [*_fields.__all__, "BackReference", "F", "Model", "Query", "Reference", "SoftDelete", "Timestamped", "registry"]
