"""What Meta is answered: a status, and a sentence for whoever tries it by hand."""

from django.http import HttpResponse


def say(status: int, text: str) -> HttpResponse:
    """Return plain text, which no browser takes for anything else."""
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response["X-Content-Type-Options"] = "nosniff"
    return response
