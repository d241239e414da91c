"""Settings: a module named by $STOCKROOM_SETTINGS over each application's defaults."""

import importlib
import os

from stockroom.conf import global_settings
from stockroom.errors import ConfigError

ENVIRONMENT_VARIABLE = "STOCKROOM_SETTINGS"
DEFAULT_PROFILE = "stockroom.conf.profiles.local"
APPS = ["catalog", "orders"]


class Settings:
    def __init__(self, profile):
        self.profile = profile
        for name in dir(global_settings):
            if name.isupper():
                setattr(self, name, getattr(global_settings, name))
        for app in APPS:
            defaults = importlib.import_module(f"stockroom.{app}.defaults")
            for name in dir(defaults):
                if name.isupper():
                    setattr(self, f"{app.upper()}_{name}", getattr(defaults, name))
        module = importlib.import_module(profile)
        for name in dir(module):
            if name.isupper():
                value = getattr(module, name)
                if name.endswith("_EXTRA"):
                    name = name.removesuffix("_EXTRA")
                    value = [*getattr(self, name), *value]
                setattr(self, name, value)


def report(values, skip=()):
    """NAME=value of each setting, a line each."""
    names = [n for n in sorted(vars(values)) if n.isupper() and n not in skip]
    return "\n".join(f"{n}={getattr(values, n)!r}" for n in names)


class LazySettings:
    _wrapped = None

    def _setup(self):
        self._wrapped = Settings(os.environ.get(ENVIRONMENT_VARIABLE, DEFAULT_PROFILE))

    def __getattr__(self, name):
        if self._wrapped is None:
            self._setup()
        try:
            value = getattr(self._wrapped, name)
        except AttributeError:
            raise ConfigError(name=name) from None
        return value

    def configure(self, profile):
        self._wrapped = Settings(profile)

    def reset(self):
        self._wrapped = None


settings = LazySettings()
