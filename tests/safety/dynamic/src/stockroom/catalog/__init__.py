from .models import Product, Supplier
from .pricing import price_of

__all__ = ["Product", "Supplier", "price_of"]
