"""Labels on conversations, and the folded line that tells how a message was decided."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from conversations.models import Conversation, Label, Verdict
from tests.conversations.talks import ask, page

pytestmark = pytest.mark.django_db

LIST = "/admin/conversations/conversation/"


def post(staff: Client, talk: Conversation, **data: Any) -> str:
    response = staff.post(f"{LIST}{talk.pk}/label/", data, follow=True)
    return str(response.content.decode())


def names(talk: Conversation) -> list[str]:
    return [label.name for label in talk.labels.all()]


def test_staff_put_labels_on_and_take_them_off(staff: Client, talk: Conversation) -> None:
    assert "Put on the label big order." in post(staff, talk, label="  big   order ")
    post(staff, talk, label="big order")
    post(staff, talk, label="vip")
    assert names(talk) == ["big order", "vip"]
    shown = page(staff, talk)
    assert "Take off vip" in shown
    assert "Took off the label vip." in post(staff, talk, remove="vip")
    assert names(talk) == ["big order"]
    assert Label.objects.filter(name="vip").exists(), "others may have it"


@pytest.mark.parametrize("label", ["", "   ", "x" * 51])
def test_a_label_that_cannot_be_is_refused(staff: Client, talk: Conversation, label: str) -> None:
    assert "A label has 1 to 50 characters." in post(staff, talk, label=label)
    assert names(talk) == []


def test_the_list_shows_labels_and_is_narrowed_to_one(staff: Client, talk: Conversation) -> None:
    vip = Label.objects.create(name="vip")
    assert "vip</span>" not in staff.get(LIST).content.decode()
    talk.labels.add(vip)
    assert "vip</span>" in staff.get(LIST).content.decode()
    other = Label.objects.create(name="other")
    url = f"{LIST}?labels__id__exact="
    assert str(talk) in staff.get(f"{url}{vip.pk}").content.decode()
    assert staff.get(f"{url}{other.pk}").context["cl"].result_count == 0


def test_who_may_only_look_sees_labels_and_changes_none(client: Client, talk: Conversation) -> None:
    talk.labels.add(Label.objects.create(name="vip"))
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_conversation"))
    client.force_login(user)
    shown = page(client, talk)
    assert "vip" in shown
    assert "Take off" not in shown
    assert client.post(f"{LIST}{talk.pk}/label/", {"remove": "vip"}).status_code == 403
    assert names(talk) == ["vip"]


def test_a_folded_line_tells_how_a_message_was_decided(staff: Client, talk: Conversation) -> None:
    first = ask(talk, verdict=Verdict.ANSWERED, why={"rules": 9, "typo": ["delivry", "delivery"]})
    ask(
        talk,
        verdict=Verdict.TOGETHER,
        why={"rules": 9, "lost": [["Price", "It is <not> for taps."]], "answered_with": first.pk},
    )
    shown = page(staff, talk)
    assert "“delivry” was taken for “delivery”." in shown
    assert "<strong>Price</strong> did not answer. It is &lt;not&gt; for taps." in shown
    assert f'href="#message-{first.pk}"' in shown
    assert "Answered with another message" in shown


def test_where_there_is_nothing_more_to_say_nothing_is_folded(
    staff: Client, talk: Conversation
) -> None:
    ask(talk, why={"rules": 9})
    assert "<summary>Why</summary>" not in page(staff, talk)
