"""What is pasted for a token, and what each of them is told to do: a table to be extended."""

import pytest

from instagram.kinds import Kind
from instagram.token_text import TokenError, check_kind, clean

pytestmark = pytest.mark.no_database

IGAA = "IGAA" + "aB3-_" * 30
EAA = "EAAG" + "xY7zQ" * 30
SECRET = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "pasted",
    [
        IGAA,
        f"  {IGAA}\t\n",
        f'"{IGAA}"',
        f"'{IGAA}'",
        f"“{IGAA}”",
        f"<{IGAA}>",
        f"`{IGAA}`,",
        f'" {IGAA} "',
        f"Bearer {IGAA}",
        f"bearer  {IGAA}",
        f'"Bearer {IGAA}"',
        f"Authorization: Bearer {IGAA}",
        f"OAuth {IGAA}",
        f"Access token: {IGAA}".replace("Access token", "access_token"),
        f"token = {IGAA}",
        f"INSTAGRAM_PAGE_ACCESS_TOKEN={IGAA}",
        f'INSTAGRAM_PAGE_ACCESS_TOKEN="{IGAA}"',
        f"{IGAA[:60]}\n{IGAA[60:]}",
        f"access_token: {IGAA[:60]}\r\n  {IGAA[60:]}",
        f"{IGAA[:9]}\u200b{IGAA[9:]}\ufeff",
        f"\u00a0{IGAA}\u00ad",
        f"https://bot.example.com/#access_token={IGAA}&expires_in=5183944",
        f"https://graph.instagram.com/v26.0/me?fields=id&access_token={IGAA}",
        f'{{"access_token": "{IGAA}", "token_type": "bearer"}}',
        f'{{"data":[{{"access_token":"{IGAA}","user_id":"917"}}]}}',
    ],
)
def test_what_is_around_a_token_is_taken_away(pasted: str) -> None:
    assert clean(pasted) == IGAA


@pytest.mark.parametrize(
    ("pasted", "says"),
    [
        ("", "Nothing was pasted"),
        ("  \n '' ", "Nothing was pasted"),
        ("Bearer ", "Nothing was pasted"),
        (f"{IGAA} {EAA}", "several tokens"),
        (f"{IGAA}\n\n{EAA}", "several tokens"),
        ("IGAAaB3…", "part of a token"),
        (f"{IGAA[:30]}...", "part of a token"),
        ("IGAA••••••", "part of a token"),
        ("IGAAaB3-_aB3", "cut off"),
        ("EAA", "cut off"),
        ("https://developers.facebook.com/apps/123/", "address of a page"),
        ("17841400000000001", "is a number"),
        ("1234567890|abcdefghij", "app token"),
        (SECRET, "app secret"),
        (SECRET.upper(), "app secret"),
        ("instabot_" + "a" * 60, "instabot's own API"),
        ("IGQVJ" + "a" * 150, "Basic Display"),
        ("AQB" + "a" * 150 + "#_", "code of a login"),
        ("verify-me-please-1", "verify token"),
        ("hello", "too short"),
        (f"{IGAA}€", "characters"),
        ("Привіт, ось наш токен, довгий", "characters"),
        ("EAA" + "a" * 3000, "too long"),
    ],
)
def test_what_is_no_token_is_told_apart(pasted: str, says: str) -> None:
    with pytest.raises(TokenError) as refused:
        clean(pasted, verify_token="verify-me-please-1")
    assert says in refused.value.says
    assert refused.value.next.endswith(".")
    told = refused.value.says + refused.value.next
    assert SECRET not in told.lower()
    assert IGAA[:20] not in told


@pytest.mark.parametrize(
    ("token", "chosen", "pinned", "says", "what_next"),
    [
        (IGAA, Kind.INSTAGRAM, "", "", ""),
        (EAA, Kind.FACEBOOK, "", "", ""),
        (EAA, Kind.UNIFIED, "https://graph.facebook.com", "", ""),
        ("a-token-of-a-sandbox", Kind.FACEBOOK, "", "", ""),
        (IGAA, Kind.FACEBOOK, "", "begins with IGAA", "choose Instagram Login"),
        (IGAA, Kind.UNIFIED, "", "you chose Unified Login", "begins with EAA"),
        (EAA, Kind.INSTAGRAM, "", "begins with EAA", "choose Facebook Login or Unified"),
        (IGAA, Kind.INSTAGRAM, "https://graph.facebook.com", "GRAPH_API_URL", "empty"),
        (EAA, Kind.FACEBOOK, "https://graph.instagram.com", "GRAPH_API_URL", "empty"),
    ],
)
def test_a_token_belongs_to_a_login_and_a_host(
    token: str, chosen: Kind, pinned: str, says: str, what_next: str
) -> None:
    if not says:
        check_kind(token, chosen, pinned)
        return
    with pytest.raises(TokenError) as refused:
        check_kind(token, chosen, pinned)
    assert says in refused.value.says
    assert what_next in refused.value.next
