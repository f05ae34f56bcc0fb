"""What staff describe and tune."""

from shop.admin.shop import ShopAdmin
from shop.admin.tuning import TuningAdmin

__all__ = ["ShopAdmin", "TuningAdmin"]
