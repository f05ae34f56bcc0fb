"""Which passwords are refused, in which words, and that one is compared at a time."""

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from pytest_django import Settings

from audit.models import Entry
from conversations.models import Account
from people.login.validation import ITS_OWN
from shop.models import Shop

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def refused(password: str) -> list[str]:
    try:
        validate_password(password, User(username="anna", first_name="Annabella"))
    except ValidationError as error:
        return error.messages
    return []


@pytest.fixture
def _shop(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["bot.blumenladen.example"]
    Shop.objects.update_or_create(pk=1, defaults={"name": "Café Müller & Co"})
    Account.objects.ours()
    Account.objects.update(username="cafe.mueller")


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize(
    "password",
    [
        "instabot2026", "Instagram!1", "INSTABOT-instabot", "cafémüller1", "Café_Müller_26",
        "cafe.mueller", "blumenladen1", "bot.blumenladen",
    ],
)  # fmt: skip
def test_what_anybody_would_try_first_here_is_refused(password: str) -> None:
    assert ITS_OWN in refused(password)


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("ninechars", "at least 10 characters"),
        ("password123", "too common"),
        ("8472910365", "entirely numeric"),
        ("annabella1", "too similar to the first name"),
    ],
)
def test_so_is_what_django_refuses(password: str, words: str) -> None:
    assert any(words in said for said in refused(password)), refused(password)


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "instabot and a horse", "müller's tulips 7", "🌷🌷 ten tulips"],
)
def test_others_are_taken(password: str) -> None:
    assert refused(password) == []


def test_one_that_a_command_sets_is_on_record() -> None:
    anna = User.objects.create_user("anna", password="a-long-password")
    anna.set_password("another-long-one")
    anna.save()
    [entry] = Entry.objects.all()
    assert (entry.kind, entry.says) == ("password", "set a new password for “anna”")
