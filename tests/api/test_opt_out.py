"""Who has opted out, over the API: shown, found, lifted."""

from django.contrib.admin.models import LogEntry
from django.utils import timezone

from conversations import opt_out
from tests.api.caller import Caller, only_conversation, problem
from tests.support.talks import ask, make_conversation


def test_it_is_shown_found_and_lifted(api: Caller) -> None:
    talk = make_conversation("mia")
    assert api.get(f"conversations/{talk.pk}/")["opted_out_since"] is None
    opt_out.begin(talk.pk, ask(talk, "STOP").pk, timezone.now())
    shown = api.get(f"conversations/{talk.pk}/")
    assert shown["opted_out_since"]
    assert not shown["bot"]["is_paused"]
    assert [row["id"] for row in api.get("conversations/", opted_out="true")["results"]] == [
        talk.pk
    ]
    assert api.get("conversations/", opted_out="false")["results"] == []
    api.post(f"conversations/{talk.pk}/resume/")
    assert only_conversation().has_opted_out
    assert api.post(f"conversations/{talk.pk}/opt-in/")["opted_out_since"] is None
    assert not only_conversation().has_opted_out
    assert LogEntry.objects.get().change_message == "API: Lifted the opt-out."


def test_a_conversation_that_is_not_there_is_not_found(api: Caller) -> None:
    problem(api.call("post", "conversations/999/opt-in/"), 404, "not-found")
