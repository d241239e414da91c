__all__ = ["cmd_list", "cmd_remove", "cmd_show", "SEPARATOR"]

SEPARATOR = ", "
_removed = set()


def cmd_list(*names):
    """List the names, in order."""
    return SEPARATOR.join(sorted(names))


def cmd_remove(name, mark="-"):
    _removed.add(name)
    return mark + name


def cmd_show(name="all"):
    return f"[{name}]"


def cmd_debug():
    return "not exported"
