"""The addresses of contacts, encrypted anew when a key changes."""

from conversations.account import vault
from incidents.models import Contact


def encrypt_again() -> tuple[int, list[Contact]]:
    """Seal all addresses with the first key; return how many, and whose none unseals."""
    sealed, unreadable = 0, []
    for contact in Contact.objects.order_by("pk"):
        try:
            address = contact.read_address()
        except vault.SealedError:
            unreadable.append(contact)
            continue
        rows = Contact.objects.filter(pk=contact.pk, address=contact.address)
        sealed += rows.update(address=vault.seal(address))
    return sealed, unreadable
