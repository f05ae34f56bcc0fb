"""Who makes a request is who does what it does."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from audit.actors import Actor, acting


class Acting:
    """Notes what is done within a request as done by whoever is logged in, from their address.

    Nobody is looked up for that before something is recorded. Who calls the API with a token is
    known later: api.access says it then.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = Actor(person=request.user, address=request.META.get("REMOTE_ADDR", ""))
        with acting(actor):
            return self.get_response(request)
