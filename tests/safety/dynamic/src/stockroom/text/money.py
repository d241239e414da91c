from string import Template

__all__ = ["LETTER", "letter", "price_tag", "subject"]

SYMBOLS = {"EUR": "€", "USD": "$"}
LETTER = Template("Dear $name, your $what is $state.")
SUBJECT = "{order.number}: {order.customer!s:>8}"
_hidden = "private"


def price_tag(amount, currency="EUR", form="{symbol}{amount:,.2f}"):
    return form.format(symbol=SYMBOLS.get(currency, currency), amount=amount)


def letter(**fields):
    return LETTER.safe_substitute(fields)


def subject(order):
    return SUBJECT.format(order=order)


def round(amount):
    """Shadows the builtin for this module only."""
    return int(amount + 0.5)


def cash(amount, step=5):
    return step * round(amount / step)
