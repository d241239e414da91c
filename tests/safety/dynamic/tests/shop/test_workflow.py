import pytest
from stockroom import events
from stockroom.orders import states, workflow
from stockroom.orders.states import OrderState, Permission, Priority

import cases


@pytest.mark.parametrize("text", cases.STATES)
def test_state_by_text(text):
    assert OrderState(text).value == text.strip().lower()


def test_unknown_state():
    with pytest.raises(ValueError):
        OrderState("lost")


def test_names():
    assert [s.name for s in OrderState] == ["DRAFT", "PAID", "SHIPPED", "RETURNED"]


def test_next():
    assert OrderState.DRAFT.next() is OrderState.PAID


def test_last():
    assert OrderState.RETURNED.next() is OrderState.RETURNED


@pytest.mark.parametrize("state, final", [("paid", False), ("shipped", True), ("returned", True)])
def test_final(state, final):
    assert OrderState(state).final is final


def test_permission():
    assert Permission.SHIP in Permission.ADMIN and Permission.SHIP not in Permission.CLERK


def test_permission_values():
    assert Permission.ADMIN.value == 7


def test_priority():
    assert max(Priority) == 9 and Priority.URGENT is Priority.HIGH


@pytest.mark.parametrize("spec, text", [("n", "High"), ("03", "009")])
def test_priority_format(spec, text):
    assert format(Priority.HIGH, spec) == text


def test_pay():
    w = workflow.Workflow()
    assert w.fire("pay") and w.log == ["order: thank you"]


def test_pay_and_ship():
    w = workflow.Workflow()
    w.fire("pay")
    w.fire("ship")
    assert w.log[-1] == "order: on its way" and w.state is OrderState.SHIPPED


def test_cancel():
    w = workflow.Workflow()
    w.fire("cancel")
    assert w.log == ["order: moved"]


def test_refuse():
    with pytest.raises(ValueError, match="ship in draft"):
        workflow.Workflow().fire("ship")


def test_lenient():
    assert workflow.Lenient().fire("ship") is False


def test_lenient_pays():
    w = workflow.Lenient()
    w.fire("pay")
    assert w.log == ["order: thank you!"]


def test_quiet():
    w = workflow.Quiet()
    w.fire("cancel")
    assert w.log == ["q: moved"] and not w.strict


def test_every_state_but_one_moves_on():
    assert set(OrderState) - set(states.TRANSITIONS) == {OrderState.RETURNED}


def test_receivers():
    assert events.emit("order-paid", state=OrderState.PAID) == ["reserved", "booked paid"]


def test_mail():
    assert events.emit("order-shipped", state=OrderState.SHIPPED) == ["mail: SHIPPED"]


def test_muted():
    with events.muted():
        assert events.emit("order-paid", state=None) == []


def test_transaction():
    with events.Transaction() as t:
        t.add("order-shipped", state=OrderState.PAID)
    assert t.results == ["mail: PAID"]


def test_transaction_rolled_back():
    with events.Transaction() as t:
        raise ValueError
    assert t.results == ["rolled-back"]


def test_transaction_raises():
    with pytest.raises(KeyError), events.Transaction():
        raise KeyError
