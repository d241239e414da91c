"""Parametrizations that several test modules share."""

from stockroom.constants import WEIGHT_CLASSES

WEIGHTS = [(100, "letter"), (251, "packet"), (4000, "parcel"), (16000, "freight"), (17000, "pallet")]
LIMITS = sorted(WEIGHT_CLASSES.items())
STATES = ["draft", " Paid ", "SHIPPED"]
MONEY = {"plain": (5, "€5.00"), "large": (1234.5, "€1,234.50")}
