from . import ledger

PREFIX = "J"
TEMPORARY = [n * n for n in range(4)]
CHECK = sum(TEMPORARY)
del TEMPORARY


def write(account, amount, sign="+-"):
    return f"{PREFIX}{sign[amount < 0]}{abs(amount)} {account}"


class Draft:
    def __init__(self, account):
        self.account, self.amount = account, account.opening

    def __iadd__(self, amount):
        if self.amount + amount < ledger.Account.floor:
            raise ValueError("below the floor")
        self.amount += amount
        return self

    def __int__(self):
        return self.amount
