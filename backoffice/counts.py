"""How many of what, in words for staff."""


def counted(number: float, one: str, several: str = "") -> str:
    """Say a number with its noun: 1 message, 2,000 messages; several: where an s does not make it.

    They may be more than a noun: "message was", "messages were".
    """
    return f"{number:,.10g} {one if number == 1 else several or f'{one}s'}"
