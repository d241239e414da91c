WIDTH = 12


def strip(text, chars=None):
    return text.strip(chars)


def upper(text):
    return text.upper()


def pad(text, width=WIDTH, fill="."):
    return text.ljust(width, fill)


def tag(text, name="b"):
    return f"<{name}>{text}</{name}>"
