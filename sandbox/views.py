"""The page, and the three addresses that it calls."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from rest_framework import status
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sandbox import meta, payloads, timeline
from sandbox.models import Message
from sandbox.serializers import MAX_CHARACTERS, NewCustomer, Written

# What an empty thread offers to tap, and the menu later: Instagram sends a postback for each.
ICE_BREAKERS = (
    ("Where is my order?", "ORDER_STATUS"),
    ("How much is delivery?", "DELIVERY"),
    ("Can I return something?", "RETURNS"),
    ("Talk to a person", "PERSON"),
)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    shown = timeline.state(request.GET.get("customer", ""))
    context = {
        "state": shown,
        "ice_breakers": ICE_BREAKERS,
        "max_characters": MAX_CHARACTERS,
        "shop": payloads.USERNAME,
    }
    return render(request, "sandbox/chat.html", context)


class SandboxView(APIView):  # type: ignore[misc]  # no types
    """JSON only, and no login: it exists on a developer's machine. CSRF is checked, see urls."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)


class StateView(SandboxView):
    def get(self, request: Request) -> Response:
        """Return everything that the page shows for ?customer=."""
        return Response(timeline.state(request.query_params.get("customer", "")))


class MessagesView(SandboxView):
    def post(self, request: Request) -> Response:
        """Send as a customer; the answer is in the state soon after."""
        written = Written(data=request.data)
        written.is_valid(raise_exception=True)
        message = send(**written.validated_data)
        shown = timeline.state(message.customer.igsid)
        return Response(shown, status=status.HTTP_201_CREATED)


class CustomersView(SandboxView):
    def post(self, request: Request) -> Response:
        """Make a customer; the state is the new one's empty thread."""
        new = NewCustomer(data=request.data)
        new.is_valid(raise_exception=True)
        customer = new.save()
        return Response(timeline.state(customer.igsid), status=status.HTTP_201_CREATED)


def send(**written: Any) -> Message:
    """Put a customer's message on Instagram, which tells instabot by a webhook."""
    message = Message.objects.create(
        mid=payloads.new_mid(), from_customer=True, at=timezone.now(), **written
    )
    meta.tell_written(message)
    return message
