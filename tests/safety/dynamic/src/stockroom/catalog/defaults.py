"""Settings of the catalog; the profile can override CATALOG_*."""

FEATURED = 3
SORT_KEYS = ("name", "price")
CACHE_SECONDS = 60 * 5
