from __future__ import annotations

from typing import List, Optional

from .base import Schema, SchemaError, validator

LIMIT = 1000


class Person(Schema):
    name: str
    age: int = 0
    email: Optional[str] = None

    @validator("name", before=True)
    def tidy(self, value):
        return " ".join(value.split())

    @validator("age")
    def adult(self, value):
        if value < 18:
            raise SchemaError("too young")
        return value


class Customer(Person):
    number: int
    vip: bool = False

    @validator("number")
    def short(self, value):
        return value % LIMIT


class Position(Schema):
    text: str
    cents: int
    tax: float = 0.2

    def gross(self):
        return round(self.cents * (1 + self.tax))


class Invoice(Schema):
    customer: Customer
    positions: List[Position]
    currency: str = "EUR"

    class Config:
        extra = True

    def total(self):
        return sum(p.gross() for p in self.positions)
