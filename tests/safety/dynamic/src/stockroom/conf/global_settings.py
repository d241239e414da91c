"""Defaults of everything."""

from stockroom.constants import CURRENCY, DOZEN

DEBUG = False
SHOP_NAME = "Stockroom"
SHOP_CURRENCY = CURRENCY
PAGE_SIZE = DOZEN * 2
TAX_RATE = 20
MIDDLEWARE = ["audit", "limits"]
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
SHIPPING_BACKEND = "stockroom.plugins.pickup.Pickup"
FORMATS = {"date": "%Y-%m-%d", "money": "{:.2f}"}
lower_case_is_private = 1
