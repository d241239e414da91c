import pytest
from stockroom import audit, journal, ledger


@pytest.fixture
def accounts(monkeypatch):
    monkeypatch.setattr(ledger, "accounts", dict(ledger.accounts))
    return ledger.accounts


def test_book(accounts):
    assert ledger.book("cash", 5) == "J+5 cash" and accounts["cash"] == 105


def test_book_negative(accounts):
    assert ledger.book("other", -5) == "J-5 other"


def test_serial(accounts):
    before = ledger._serial
    ledger.book("cash", 1)
    assert ledger._serial == before + 1


def test_known():
    assert [a.name for a in ledger.Account.known()] == ["cash", "stock"]


def test_locked():
    assert ledger.Account("stock").locked and not ledger.Account("cash").locked


def test_draft():
    with ledger.Account("cash", 5) as draft:
        draft += 3
    assert int(draft) == 8


def test_floor():
    with pytest.raises(ValueError, match="floor"), ledger.Account("cash") as draft:
        draft += -11


def test_check():
    assert journal.CHECK == 14 and not hasattr(journal, "TEMPORARY")


def test_trail():
    b = audit.Bin(1)
    b.put(2).take()
    assert b.trail == [(10, "put"), (10, "take")] and b.peek() == 2


def test_safe_bin():
    b = audit.SafeBin(8).put(5)
    assert b.n == 10 and b.trail == [(20, "put"), (10, "put")]


def test_problems():
    assert audit.Bin(11).problems() == ["fits"] and audit.Bin(-1).problems() == ["positive"]


def test_no_problems():
    assert audit.Bin(3).problems() == []


def test_audited():
    assert audit.audited == ["Bin", "SafeBin"]


def test_wrapped_name():
    assert audit.Bin.put.__name__ == "put" and audit.Bin.peek.__name__ == "peek"
