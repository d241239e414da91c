"""What can go wrong."""


class StockError(Exception):
    code = 100
    template = "{kind} failed"

    def __init__(self, **context):
        super().__init__(context)
        self.context = context

    def __str__(self):
        return self.template.format(kind=type(self).__name__, **self.context)

    @classmethod
    def all_codes(cls):
        """Codes of this class and all below it."""
        found = {cls.__name__: cls.code}
        for sub in cls.__subclasses__():
            found.update(sub.all_codes())
        return found


class OutOfStock(StockError):
    code = 110
    template = "no {sku} left"


class Discontinued(OutOfStock):
    code = 111


class PaymentError(StockError):
    code = 120
    template = "cannot charge {amount}"
    retry = True


class CardDeclined(PaymentError):
    retry = False


class ConfigError(StockError, AttributeError):
    code = 130
    template = "no setting {name}"
