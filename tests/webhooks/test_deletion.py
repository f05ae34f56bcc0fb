"""Meta's word that somebody wants their data deleted: believed only with its signature."""

import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from audit.models import Entry
from conversations.models import Account, Conversation, CustomerErasure
from conversations.removal import work
from tests.support import remains
from tests.support.clock import Clock
from tests.support.removal import CUSTOMER, MARKED, fill, takes_the_customer
from tests.support.shop import Shop
from tests.support.talks import make_conversation
from tests.webhooks.test_deauthorization import VECTOR, encode, signed
from webhooks.models import DeletionRequest

ADDRESS = "/webhooks/instagram/deletion"


def ask(request: str) -> Any:
    return Client(enforce_csrf_checks=True).post(ADDRESS, {"signed_request": request})


def status(answer: Any) -> str:
    page = Client().get(urlsplit(answer.json()["url"]).path)
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


def test_a_customer_with_this_id_is_erased_and_the_page_says_so(shop: Shop) -> None:
    fill(shop)
    answer = ask(signed(user_id=CUSTOMER))
    assert answer.status_code == 200
    assert set(answer.json()) == {"url", "confirmation_code"}
    assert answer.json()["url"].endswith(f"{ADDRESS}/{answer.json()['confirmation_code']}")
    assert "being erased" in status(answer)
    work.look()
    assert "Done." in status(answer)
    assert CUSTOMER not in status(answer)
    assert CustomerErasure.objects.get().by == "Instagram"
    shop.works()
    assert list(remains.places(MARKED)) == []


def test_raw_events_of_a_customer_who_went_for_their_age_are_erased_once(
    shop: Shop, time_passes: Clock
) -> None:
    takes_the_customer(fill(shop), time_passes)
    answer = ask(signed(user_id=CUSTOMER))
    work.look()
    assert "Done." in status(answer)
    shop.works()
    assert list(remains.places(MARKED)) == []
    ask(signed(user_id=CUSTOMER))
    assert CustomerErasure.objects.count() == 1, "asked again, nothing is left to erase"


@pytest.mark.django_db
@pytest.mark.once
def test_an_id_of_nobody_is_told_plainly_what_it_is_and_how_to_ask() -> None:
    Account.objects.ours().save()
    Account.objects.update(username="flowers")
    make_conversation("maria")
    answer = ask(signed(user_id=917))
    said = status(answer)
    assert "nothing was deleted" in said
    assert "That ID belongs to the app." in said
    assert "(@flowers)" in said
    assert "direct message" in said
    assert "917" not in said.replace(answer.json()["confirmation_code"], "")
    assert Conversation.objects.count() == 1
    assert Entry.objects.filter(kind=Entry.Kind.ERASURE).count() == 1


@pytest.mark.django_db
def test_whoever_asks_again_gets_the_same_code_and_adds_no_row() -> None:
    codes = {ask(signed(user_id="917")).json()["confirmation_code"] for _ in range(3)}
    assert len(codes) == 1
    assert DeletionRequest.objects.count() == 1
    assert Entry.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.once
def test_who_came_back_is_not_erased_by_a_request_of_before_that() -> None:
    talk = make_conversation("maria")
    answer = ask(signed(user_id=talk.customer_id, issued_at=time.time() - 3600))
    assert answer.status_code == 200
    assert Conversation.objects.filter(customer_id=talk.customer_id).exists()
    assert not CustomerErasure.objects.exists()


@pytest.mark.django_db
@pytest.mark.once
@pytest.mark.parametrize(
    "request_",
    [
        "", ".", "a.b", "ключ.ключ", VECTOR,
        f"{encode(b'x' * 32)}.{signed(user_id='id-of-maria').partition('.')[2]}",
        signed("another-secret", user_id="id-of-maria"),
        signed(user_id="id-of-maria", algorithm="none"),
        signed(user_id="0"), signed(),
    ],
)  # fmt: skip
def test_what_meta_did_not_sign_changes_nothing(request_: str) -> None:
    make_conversation("maria")
    answer = ask(request_)
    assert answer.status_code == 403
    assert Conversation.objects.count() == 1
    assert not DeletionRequest.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.django_db
@pytest.mark.once
def test_a_code_that_nobody_was_given_has_no_page() -> None:
    assert Client().get(f"{ADDRESS}/guessed").status_code == 404
    assert Client().get(ADDRESS).status_code == 405
