from .models import Item, Order
from .states import OrderState, Permission

__all__ = ["Item", "Order", "OrderState", "Permission"]
