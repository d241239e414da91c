from .base import Schema, SchemaError, validator

__all__ = ["Schema", "SchemaError", "validator"]
