"""What is copied or pickled, by the names that copy and pickle look for."""


class Snapshot:
    version = 2
    __slots__ = ("name", "levels", "cache")

    def __init__(self, name, levels):
        self.name, self.levels, self.cache = name, levels, {}

    def __getstate__(self):
        return {"v": self.version, "name": self.name, "levels": dict(self.levels)}

    def __setstate__(self, state):
        self.name = state["name"]
        self.levels = state["levels"]
        self.cache = {"restored": state["v"]}

    def __copy__(self):
        return type(self)(self.name + "'", self.levels)

    def __contains__(self, sku):
        return sku in self.levels

    def __sub__(self, other):
        return {k: v - other.levels.get(k, 0) for k, v in self.levels.items()}


class Handle:
    factory = "reopened"

    def __init__(self, how="opened"):
        self.how = how

    def __reduce__(self):
        return (Handle, (self.factory,))

    def __deepcopy__(self, memo):
        return self

    def to_json(self):
        return {"how": self.how}
