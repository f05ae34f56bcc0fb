from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path

from sandbox import views
from sandbox.authorization import authorize
from sandbox.graph import graph

View = Callable[..., HttpResponseBase]


def in_development(view: View, *, csrf_exempt: bool = False) -> View:
    """Serve a view only while the sandbox may exist; anywhere else there is nothing here.

    REST framework exempts its views from CSRF checks; here the page's token is asked for.
    """

    @wraps(view)
    def serve(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not (settings.SANDBOX and settings.DEBUG):
            raise Http404
        return view(request, *args, **kwargs)

    serve.csrf_exempt = csrf_exempt  # type: ignore[attr-defined]  # how Django marks a view
    return serve


app_name = "sandbox"
urlpatterns = [
    path("", in_development(views.page), name="page"),
    path("state", in_development(views.StateView.as_view()), name="state"),
    path("messages", in_development(views.MessagesView.as_view()), name="messages"),
    path("acts", in_development(views.ActsView.as_view()), name="acts"),
    path("moves", in_development(views.MovesView.as_view()), name="moves"),
    path("faults", in_development(views.FaultsView.as_view()), name="faults"),
    path("customers", in_development(views.CustomersView.as_view()), name="customers"),
    path("tokens", in_development(views.tokens_page), name="tokens"),
    path("graph/oauth/authorize", in_development(authorize), name="authorize"),
    path("graph", in_development(graph, csrf_exempt=True)),
    path("graph/", in_development(graph, csrf_exempt=True)),
    path("graph/<path:path>", in_development(graph, csrf_exempt=True), name="graph"),
]
