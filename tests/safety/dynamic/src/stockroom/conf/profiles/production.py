from .local import *  # noqa: F401,F403
from .local import MIDDLEWARE_EXTRA

DEBUG = False
TAX_RATE = 19
MIDDLEWARE_EXTRA = [*MIDDLEWARE_EXTRA, "cdn"]
CATALOG_FEATURED = 5
SHIPPING_BACKEND = "stockroom.plugins.express.Express"
