"""Labels: put on conversations by staff and rules, and found again."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Label
from rules.models import ResponseRule
from tests.support.shop import Shop
from tests.support.talks import ALL, LIST, make_conversation, page, queries, viewer

pytestmark = pytest.mark.django_db

LABELS = "/admin/conversations/label/"


def post(staff: Client, talk: Conversation, **data: Any) -> str:
    response = staff.post(f"{LIST}{talk.pk}/label/", data, follow=True)
    return str(response.content.decode())


def names(talk: Conversation) -> list[str]:
    return [label.name for label in talk.labels.all()]


def test_staff_put_labels_on_and_take_them_off(staff: Client, talk: Conversation) -> None:
    assert "Label “big order” added." in post(staff, talk, label="  big   order ")
    post(staff, talk, label="big order")
    post(staff, talk, label="vip")
    assert names(talk) == ["big order", "vip"]
    shown = page(staff, talk)
    assert "Remove label vip" in shown
    assert "Label “vip” removed." in post(staff, talk, remove="vip")
    assert names(talk) == ["big order"]
    assert Label.objects.filter(name="vip").exists(), "others may have it"


@pytest.mark.parametrize("label", ["", "   ", "x" * 51])
def test_a_label_that_cannot_be_is_refused(staff: Client, talk: Conversation, label: str) -> None:
    assert "A label must have 1 to 50 characters." in post(staff, talk, label=label)
    assert names(talk) == []


def test_the_list_shows_labels_and_is_narrowed_to_one(staff: Client, talk: Conversation) -> None:
    vip = Label.objects.create(name="vip")
    assert "vip</span>" not in staff.get(ALL).content.decode()
    staff.post(f"{LIST}{talk.pk}/label/", {"label": "vip"})
    assert "vip</span>" in staff.get(ALL).content.decode()
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
    assert "Remove label" not in shown
    assert client.post(f"{LIST}{talk.pk}/label/", {"remove": "vip"}).status_code == 403
    assert names(talk) == ["vip"]


def test_a_label_in_other_capitals_is_the_same(staff: Client, talk: Conversation) -> None:
    Label.objects.create(name="Returns")
    assert "Label “Returns” added." in post(staff, talk, label="returns")
    assert "The label “Returns” is already there." in post(staff, talk, label="RETURNS")
    assert names(talk) == ["Returns"]
    assert Label.objects.count() == 1


def test_what_is_done_is_written_down_once(staff: Client, talk: Conversation) -> None:
    post(staff, talk, label="a\0b")
    post(staff, talk, label="ab")
    post(staff, talk, remove="ab")
    post(staff, talk, remove="ab")
    post(staff, talk, remove="another")
    said = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert said == ["Label “ab” added.", "Label “ab” removed."]


def test_labels_are_not_changed_by_following_a_link(staff: Client, talk: Conversation) -> None:
    assert staff.get(f"{LIST}{talk.pk}/label/").status_code == 405


def test_an_unknown_conversation_cannot_be_labelled(staff: Client) -> None:
    assert staff.post(f"{LIST}12345/label/", {"label": "returns"}).status_code == 404
    assert not Label.objects.exists()


def test_labels_are_escaped(staff: Client, talk: Conversation) -> None:
    post(staff, talk, label="<script>alert(1)</script>")
    Label.objects.create(name="<script>alert(2)</script>")
    for shown in (page(staff, talk), staff.get(ALL).content.decode()):
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)" in shown


def test_a_rule_takes_the_label_that_staff_have(shop: Shop) -> None:
    Label.objects.create(name="Parcels")
    ResponseRule.objects.filter(name="Delivery").update(label="parcels")
    shop.hears("delivery?")
    shop.works()
    assert names(Conversation.objects.get()) == ["Parcels"]


def test_labels_cost_no_query_for_each_conversation(staff: Client, talk: Conversation) -> None:
    talk.labels.create(name="returns")
    few = queries(lambda: staff.get(ALL))
    few_of_thread = queries(lambda: page(staff, talk))
    for number in range(20):
        other = make_conversation(f"c{number}", last_inbound_at=timezone.now())
        other.labels.set([Label.objects.create(name=f"label {number}"), *talk.labels.all()[:1]])
        talk.labels.create(name=f"another {number}")
    assert queries(lambda: staff.get(ALL)) == few
    assert queries(lambda: page(staff, talk)) == few_of_thread


# Their own list


def test_labels_are_listed_with_their_conversations(staff: Client, talk: Conversation) -> None:
    label = talk.labels.create(name="returns")
    make_conversation("other").labels.add(label)
    shown = staff.get(LABELS).content.decode()
    assert f'href="{LIST}?labels__id__exact={label.pk}">2<' in shown


def test_a_label_is_renamed_everywhere(staff: Client, talk: Conversation) -> None:
    label = talk.labels.create(name="retruns")
    url = f"{LABELS}{label.pk}/change/"
    assert "Rules that add this label keep the old name" in staff.get(url).content.decode()
    assert staff.post(url, {"name": "returns"}).status_code == 302
    assert names(talk) == ["returns"]


def test_two_labels_are_not_called_the_same(staff: Client) -> None:
    Label.objects.create(name="Returns")
    response = staff.post(f"{LABELS}add/", {"name": "returns"})
    assert "A label with this name already exists." in response.content.decode()
    assert Label.objects.count() == 1


def test_a_label_is_deleted_after_its_conversations_were_counted(
    staff: Client, talk: Conversation
) -> None:
    label = talk.labels.create(name="returns")
    make_conversation("other").labels.add(label)
    url = f"{LABELS}{label.pk}/delete/"
    shown = staff.get(url).content.decode()
    assert "returns, on 2 conversations" in shown
    assert "relationship" not in shown
    assert staff.post(url, {"post": "yes"}).status_code == 302
    assert not Label.objects.exists()
    assert Conversation.objects.count() == 2


def test_who_may_only_look_cannot_rename(client: Client) -> None:
    label = Label.objects.create(name="returns")
    reader = viewer(client, "view_label")
    assert reader.get(LABELS).status_code == 200
    assert reader.post(f"{LABELS}{label.pk}/change/", {"name": "x"}).status_code == 403
    assert reader.post(f"{LABELS}{label.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Label.objects.get().name == "returns"
