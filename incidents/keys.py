"""The addresses of whoever gets messages, encrypted anew when a key changes."""

from conversations.account import vault
from incidents.models import Addressee


def encrypt_again(of: type[Addressee]) -> tuple[int, list[Addressee]]:
    """Seal all addresses with the first key; return how many, and whose none unseals."""
    sealed, unreadable = 0, []
    for one in of._default_manager.order_by("pk"):  # noqa: SLF001 - Django's public API
        try:
            address = one.read_address()
        except vault.SealedError:
            unreadable.append(one)
            continue
        rows = of._default_manager.filter(pk=one.pk, address=one.address)  # noqa: SLF001
        sealed += rows.update(address=vault.seal(address))
    return sealed, unreadable
