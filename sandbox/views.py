"""The page of the sandbox, and the URLs that it calls."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from sandbox import payloads, phone, timeline, tokens
from sandbox.models import Fault
from sandbox.serializers import MAX_CHARACTERS, Act, FaultChange, Move, NewCustomer, NewMessage


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    state = timeline.read_state(request.GET.get("customer", ""))
    context = {
        "state": state,
        "max_characters": MAX_CHARACTERS,
        "shop": payloads.USERNAME,
        "faults": Fault.Kind.choices,
    }
    return render(request, "sandbox/chat.html", context)


@require_safe
def tokens_page(request: HttpRequest) -> HttpResponse:
    """Show a token of each kind, to be pasted where an account is connected."""
    return render(request, "sandbox/tokens.html", {"tokens": tokens.SAMPLES.values()})


class SandboxView(APIView):
    """Without a login: it exists only on a developer's machine. CSRF is checked (see urls.py)."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Answer errors as the page reads them, field by field."""
        return exception_handler


class StateView(SandboxView):
    def get(self, request: Request) -> Response:
        """Return everything that the page shows for ?customer=."""
        return Response(timeline.read_state(request.query_params.get("customer", "")))


class MessagesView(SandboxView):
    def post(self, request: Request) -> Response:
        """Send a message as a customer; the answer appears in the state soon."""
        new = NewMessage(data=request.data)
        new.is_valid(raise_exception=True)
        message = phone.write(**new.validated_data)
        state = timeline.read_state(message.customer.igsid)
        return Response(state, status=status.HTTP_201_CREATED)


class CustomersView(SandboxView):
    def post(self, request: Request) -> Response:
        """Make a customer; return the state with the empty thread."""
        new = NewCustomer(data=request.data)
        new.is_valid(raise_exception=True)
        customer = new.save()
        return Response(timeline.read_state(customer.igsid), status=status.HTTP_201_CREATED)


class ActsView(SandboxView):
    def post(self, request: Request) -> Response:
        """React, unsend, edit or read, as the customer."""
        act = Act(data=request.data)
        act.is_valid(raise_exception=True)
        phone.act(**act.validated_data)
        return Response(timeline.read_state(act.validated_data["message"].customer.igsid))


class MovesView(SandboxView):
    def post(self, request: Request) -> Response:
        """Open the chat through a link; let another app take or return control."""
        move = Move(data=request.data)
        move.is_valid(raise_exception=True)
        phone.move(**move.validated_data)
        return Response(timeline.read_state(move.validated_data["customer"].igsid))


class FaultsView(SandboxView):
    def post(self, request: Request) -> Response:
        """Add a fault, or remove one."""
        change = FaultChange(data=request.data)
        change.is_valid(raise_exception=True)
        values = change.validated_data
        if values["mend"]:
            Fault.objects.filter(pk=values["mend"]).delete()
        if values["kind"]:
            of_all = values["everybody"] or values["kind"] in Fault.OF_ACCOUNT
            customer = None if of_all else values["customer"]
            Fault.objects.create(customer=customer, kind=values["kind"], once=values["once"])
        return Response(timeline.read_state(values["customer"].igsid))
