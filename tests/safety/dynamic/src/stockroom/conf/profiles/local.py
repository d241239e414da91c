from ..global_settings import FORMATS as _FORMATS

DEBUG = True
MIDDLEWARE_EXTRA = ["toolbar"]
FORMATS = {**_FORMATS, "date": "%d.%m.%Y"}
