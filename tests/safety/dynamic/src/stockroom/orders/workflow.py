"""Events move orders on; on_EVENT methods say what else happens."""

from stockroom.events import emit, on

from .states import TRANSITIONS, OrderState


class Workflow:
    log_prefix = "order"
    strict = True

    def __init__(self, state=OrderState.DRAFT):
        self.state, self.log = state, []

    def fire(self, event):
        target = TRANSITIONS.get(self.state, {}).get(event)
        if target is None:
            return self.refuse(event)
        self.state = target
        hook = getattr(self, f"on_{event}", self.on_any)
        self.log.append(f"{self.log_prefix}: {hook()}")
        emit(f"order-{target.value}", state=target)
        return True

    def refuse(self, event):
        if self.strict:
            raise ValueError(f"{event} in {self.state.value}")
        return False

    def on_any(self):
        return "moved"

    def on_pay(self):
        return "thank you"

    def on_ship(self):
        return "on its way"


class Lenient(Workflow):
    strict = False

    def on_pay(self):
        return super().on_pay() + "!"


class Quiet(Lenient):
    log_prefix = "q"


@on("order-paid", priority=1)
def bookkeeping(state):
    return f"booked {state.value}"


@on("order-paid", priority=5)
def reserve(state):
    return "reserved"


@on("order-shipped")
def notify(state):
    return f"mail: {state.name}"
