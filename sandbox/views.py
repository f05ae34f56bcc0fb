"""The page, and the three addresses that it calls."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from sandbox import payloads, phone, timeline
from sandbox.models import Fault
from sandbox.serializers import MAX_CHARACTERS, Act, Faulty, Moved, NewCustomer, Written

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
        "faults": Fault.Kind.choices,
    }
    return render(request, "sandbox/chat.html", context)


class SandboxView(APIView):
    """No login: it exists on a developer's machine. CSRF is checked, see urls."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Answer errors as the page reads them, field by field."""
        return exception_handler


class StateView(SandboxView):
    def get(self, request: Request) -> Response:
        """Return everything that the page shows for ?customer=."""
        return Response(timeline.state(request.query_params.get("customer", "")))


class MessagesView(SandboxView):
    def post(self, request: Request) -> Response:
        """Send as a customer; the answer is in the state soon after."""
        written = Written(data=request.data)
        written.is_valid(raise_exception=True)
        message = phone.write(**written.validated_data)
        shown = timeline.state(message.customer.igsid)
        return Response(shown, status=status.HTTP_201_CREATED)


class CustomersView(SandboxView):
    def post(self, request: Request) -> Response:
        """Make a customer; the state is the new one's empty thread."""
        new = NewCustomer(data=request.data)
        new.is_valid(raise_exception=True)
        customer = new.save()
        return Response(timeline.state(customer.igsid), status=status.HTTP_201_CREATED)


class ActsView(SandboxView):
    def post(self, request: Request) -> Response:
        """React, unsend, edit or read, as the customer."""
        act = Act(data=request.data)
        act.is_valid(raise_exception=True)
        phone.act(**act.validated_data)
        return Response(timeline.state(act.validated_data["message"].customer.igsid))


class MovesView(SandboxView):
    def post(self, request: Request) -> Response:
        """Come by a link; have another app take control, or give it back."""
        moved = Moved(data=request.data)
        moved.is_valid(raise_exception=True)
        phone.move(**moved.validated_data)
        return Response(timeline.state(moved.validated_data["customer"].igsid))


class FaultsView(SandboxView):
    def post(self, request: Request) -> Response:
        """Make a fault, or mend one."""
        faulty = Faulty(data=request.data)
        faulty.is_valid(raise_exception=True)
        asked = faulty.validated_data
        if asked["mend"]:
            Fault.objects.filter(pk=asked["mend"]).delete()
        if asked["kind"]:
            customer = None if asked["everybody"] else asked["customer"]
            Fault.objects.create(customer=customer, kind=asked["kind"], once=asked["once"])
        return Response(timeline.state(asked["customer"].igsid))
