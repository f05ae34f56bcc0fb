"""Where rules are heard: at which of our accounts, and what its shop says there."""

from collections.abc import Sequence
from dataclasses import dataclass

from conversations.account import access, identity
from rules.models import ResponseRule
from shop.current import ShopNow, shops


@dataclass(frozen=True, slots=True)
class Place:
    """An account and its shop. called: how staff call it where there are several.

    account: its Instagram ID; empty: it is the only one. is_own: the shop is its own.
    """

    shop: ShopNow
    account: str = ""
    called: str = ""
    is_own: bool = False

    def hears(self, rule: ResponseRule) -> bool:
        """Tell whether a rule is for customers of this account."""
        wanted = rule.account_list()
        return not (wanted and self.account) or self.account in wanted


def places() -> Sequence[Place]:
    """Return a place for each of our accounts that may be seen, as its shop is now."""
    accounts, all_shops = identity.accounts(), shops()
    if not accounts.are_several:
        return (Place(all_shops.of(accounts.first.pk)),)
    return tuple(
        Place(all_shops.of(one.pk), one.instagram_id, str(one), one.pk in all_shops.own)
        for one in access.seen()
    )
