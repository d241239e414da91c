"""Messages from outside: handle_KIND, or what the configuration names."""

import json
from importlib import import_module

from . import incoming


def dispatch(message):
    handler = getattr(incoming, f"handle_{message['kind']}", incoming.fallback)
    return handler(message.get("body"))


def kinds():
    return [n.split("_", 1)[1] for n in dir(incoming) if n.startswith("handle_")]


class Pipeline:
    """Steps named by a JSON file: "module:function", with arguments."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            config = json.load(f)
        self.steps = [(self.find(s["call"]), s.get("with", {})) for s in config["steps"]]
        self.title = config.get("title", "untitled")

    @staticmethod
    def find(name):
        module, _, function = name.partition(":")
        return getattr(import_module(f"{__name__}.{module}"), function)

    def run(self, text):
        for function, options in self.steps:
            text = function(text, **options)
        return text
