"""What the doctor says of each account, by what Meta answers: one table."""

from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
from django.utils import timezone

from conversations.account import renewal, tokens
from conversations.models import (
    FIRST,
    Account,
    Attempt,
    Menu,
    MissedLook,
    Origin,
    State,
    key_of,
)
from instabot.doctor.account import RECONNECT
from instabot.doctor.findings import State as Health
from instabot.doctor.subscription import subscribe_missing
from instagram import versions
from rules.models import ResponseRule
from shop import tuning
from tests.instabot.doctor.faults import (
    ALL_FIELDS,
    APP,
    DAY,
    HOUR,
    MINUTE,
    PAGE,
    SWITCHED_OFF,
    Fault,
    Patient,
    ago,
    all_of,
    answers,
    connects,
    connects_page,
    fields,
    found,
    has_fields,
    put,
)
from tests.support.graph import ACCOUNT, HTML_502, Heard, error
from tests.support.talks import make_conversation, say
from webhooks.mids import hash_of
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.django_db, pytest.mark.once]

OK, WARNING, WRONG = Health.OK, Health.WARNING, Health.WRONG
EXPIRED = error(190, 463, text="Session has expired", status=401)
UNREACHED = "Not asked: Instagram cannot be reached"
NO_ANSWER = "Not asked: Instagram gave no answer"
SLOW_DOWN = "Not asked: Instagram asks us to slow down"
ME, READ, MENU = "GET me", "GET me/conversations", "GET me/messenger_profile"
FIELDS, PAGE_FIELDS = f"GET {ACCOUNT}/subscribed_apps", f"GET {PAGE}/subscribed_apps"
DEBUG, POSTED = "GET debug_token", f"GET {APP}/subscriptions"


def of_token(**values: Any) -> Fault:
    return lambda patient: connects_page(patient, **values)


def offers(title: str, saved: str = "") -> Fault:
    """Instagram has a menu with one entry; staff saved the same, or another one."""

    def fault(patient: Patient) -> None:
        ResponseRule.objects.create(name="Price", keywords="price", reply="Ten.")
        stored = {"persistent_menu": [{"text": saved or title, "payload": "X", "url": ""}]}
        account = Account.objects.ours()
        Menu.objects.create(account=account, wanted=stored, changed_at=ago(DAY))
        option = {"type": "postback", "title": title, "payload": "X"}
        entry = {"locale": "default", "call_to_actions": [option]}
        patient.graph.answers[MENU] = {"data": [{"persistent_menu": [entry]}]}

    return fault


def ends_in(days: float) -> Fault:
    return of_token(expires_at=int((timezone.now() + days * DAY).timestamp()))


def comments_are_answered(_: Patient) -> None:
    ResponseRule.objects.create(
        name="Price", order=1, keywords="price", reply="Ten.", for_comments=True
    )


def row(**values: Any) -> Fault:
    return lambda _: Account.objects.update(**values)


def unreadable(patient: Patient) -> None:
    """The key that encrypted the token is taken away."""
    connects(patient)
    patient.settings.SECRET_KEY = "another key, of which nothing was encrypted"


def people(count: int) -> Fault:
    def fault(_: Patient) -> None:
        for number in range(count):
            make_conversation(f"c{number}", last_inbound_at=ago(HOUR))

    return fault


def not_approved(_: Patient) -> None:
    message = say(make_conversation("maria"), state=State.FAILED)
    Attempt.objects.create(message=message, started_at=ago(HOUR), code=200, subcode=2018028)


def elsewhere(count: int, app: str | None = None) -> Fault:
    def fault(_: Patient) -> None:
        for number in range(count):
            talk = make_conversation(
                f"o{number}", last_inbound_at=ago(HOUR), other_app_at=ago(HOUR)
            )
            if app:
                say(talk, origin=Origin.APP, about={"standby": app})

    return fault


def sends(count: int, **of: Any) -> Fault:
    def fault(_: Patient) -> None:
        talk = make_conversation("sent")
        given = {"sent_at": ago(HOUR), "called_at": ago(HOUR)} | of
        for number in range(count):
            say(talk, mid=f"sent{number}", **given)

    return fault


def echo_comes(_: Patient) -> None:
    echo_of("sent1")


def echo_of(mid: str) -> None:
    entry = {"kind": "text", "outcome": "echo", "reason": "", "message": None}
    WebhookEvent.objects.create(body=b"{}", outcomes=[entry], mid_hash=hash_of(mid))


def read_comes(_: Patient) -> None:
    """A webhook about a send that is none of its echo."""
    entry = {"kind": "read", "outcome": "mark", "reason": "", "message": None}
    WebhookEvent.objects.create(body=b"{}", outcomes=[entry], mid_hash=hash_of("sent1"))


def asked_lately(thread: bool = True) -> Fault:
    def fault(patient: Patient) -> None:
        talk = make_conversation("maria", last_inbound_at=ago(MINUTE))
        talk.customer_id = "870001"
        talk.save(update_fields=["customer_id"])
        if thread:
            heard = Heard(talk.customer_id, "hi", "aWdf1", ago(MINUTE).timestamp())
            patient.graph.heard.append(heard)
        del patient.graph.answers[READ]  # the stand-in's own threads

    return fault


def looked(**values: Any) -> Fault:
    """Somebody looked for missed messages a while ago."""

    def fault(_: Patient) -> None:
        given = {
            "began_at": ago(DAY), "looked_at": ago(10 * MINUTE), "recognised_at": ago(DAY),
        }  # fmt: skip
        given |= values
        MissedLook.objects.create(pk=FIRST, **given)

    return fault


def is_paused(_: Patient) -> None:
    Account.objects.update(paused_until=timezone.now() + HOUR, pause=Account.Pause.BROKEN)


def not_wanted(_: Patient) -> None:
    tuning.put("missed_minutes", "0")


def host(url: str) -> Fault:
    return put(GRAPH_API_URL=url)


def posts(**values: Any) -> Fault:
    def fault(patient: Patient) -> None:
        said: Any = patient.graph.answers[POSTED]
        said["data"][0].update(values)

    return fault


def wrong_proof(patient: Patient) -> None:
    """Meta takes calls with the proof of its own secret alone."""
    said = "Invalid appsecret_proof provided in the API argument"
    patient.graph.answers[ME] = error(100, text=said)


def owned_by(app: str) -> Fault:
    owner: list[dict[str, Any]] = [{"thread_owner": {"app_id": app}}] if app else []
    return answers(f"GET {PAGE}/thread_owner", {"data": owner})


class Case(NamedTuple):
    check: str
    fault: Fault
    state: Health
    words: str


BY_INSTAGRAM = [
    Case("connection", put(), OK, "Instagram answers."),
    Case("connection", host("http://127.0.0.1:9"), WRONG, "cannot be reached from this server"),
    Case("connection", all_of(host("http://127.0.0.1:9"), put(ON_THIS_MACHINE=True, PORT=9)), WRONG,
         "The sandbox is not reached at port 9."),
    Case("version", put(), OK, "No end of v26.0 is known."),
    Case("version", put(GRAPH_API_VERSION="v19.0"), WRONG, "ended on 24 Sep 2026"),
    Case("version", put(GRAPH_API_VERSION="v25.0"), OK, "lasts until 29 Jul 2028"),
    Case("host", put(), OK, "belong together"),
    Case("host", host("https://graph.facebook.com"), WRONG, "Leave GRAPH_API_URL empty"),
    Case("host", row(login="page"), WRONG, "connected by Facebook Login"),
    Case("token", put(), OK, "Instagram Login for @shop. No end is known."),
    Case("token", row(token_ends_at=ago(-40 * DAY)), OK, "It lasts 39 d more."),
    Case("token", row(token_ends_at=ago(-5 * DAY)), WARNING, "It lasts 4 d more."),
    Case("token", row(renewal_problem="Meta refused.", renewal_failed_at=ago(HOUR)), WARNING,
         ": Meta refused."),
    Case("token", answers(ME, EXPIRED), WRONG, "has expired"),
    Case("token", answers(ME, error(190, 460)), WRONG, "password was changed"),
    Case("token", answers(ME, HTML_502), WARNING, NO_ANSWER),
    Case("token", answers(ME, error(4)), WARNING, SLOW_DOWN),
    Case("token", answers(READ, error(4)), WARNING, SLOW_DOWN),
    Case("token", answers(READ, error(-1)), WARNING, NO_ANSWER),
    Case("token", answers(ME, {"id": "1", "username": "s", "account_type": "PERSONAL"}), WRONG,
         "personal account"),
    Case("token", answers(READ, SWITCHED_OFF), WRONG, "Allow access to messages"),
    Case("token", answers(READ, error(10)), WRONG, "instagram_business_manage_messages is missing"),
    Case("token", host("http://127.0.0.1:9"), WARNING, UNREACHED),
    Case("token", unreadable, WRONG, "@shop: The stored access token cannot be decrypted"),
    Case("token", lambda patient: tokens.drop(1), WRONG, "has no access token"),
    Case("token", lambda patient: tokens.drop(1), WRONG, "or run `manage.py connect`"),
    Case("account", put(), OK, f"ID {ACCOUNT}"),
    Case("account", answers(ME, {"id": "2", "user_id": "1784999", "username": "other"}), WRONG,
         f"The token is for @other (1784999), and the account here is {ACCOUNT}."),
    Case("account", row(instagram_id=""), WARNING, "does not know yet which account"),
    Case("account", put(INSTAGRAM_ACCOUNT_ID="12345"), WRONG, "Set INSTAGRAM_ACCOUNT_ID=me"),
    Case("account", put(INSTAGRAM_ACCOUNT_ID="12345", INSTAGRAM_PAGE_ACCESS_TOKEN=""), OK,
         "is the token's"),
    Case("account", put(INSTAGRAM_ACCOUNT_ID=ACCOUNT), OK, "is the token's"),
    Case("permissions", put(), OK, "Messages may be read."),
    Case("permissions", all_of(row(permissions=["instagram_business_manage_messages"]),
         comments_are_answered), WRONG, "instagram_business_manage_comments is missing"),
    Case("access", people(0), WARNING, "Nobody wrote in 30 days"),
    Case("access", people(1), WARNING, "Only 1 person wrote in 30 days"),
    Case("access", people(5), OK, "5 people wrote in 30 days"),
    Case("access", not_approved, WRONG, "it has Standard Access"),
    Case("fields", put(), OK, "All 8 webhook fields that are needed are subscribed."),
    Case("fields", answers(FIELDS, {"data": []}), WRONG, "is not subscribed: no webhook comes"),
    Case("fields", answers(FIELDS, fields("messaging_postbacks")), WRONG, "Not subscribed: messag"),
    Case("fields", answers(FIELDS, fields(*ALL_FIELDS[:-1])), WARNING, "Not subscribed: standby."),
    Case("fields", comments_are_answered, WRONG, "Not subscribed: comments, live_comments."),
    Case("fields", answers(FIELDS, EXPIRED), WRONG, "The access token has expired"),
    Case("fields", host("http://127.0.0.1:9"), WARNING, UNREACHED),
    Case("fields", answers(FIELDS, HTML_502), WARNING, NO_ANSWER),
    Case("fields", answers(FIELDS, error(4)), WARNING, SLOW_DOWN),
    Case("fields", answers(FIELDS, error(2, status=500)), WARNING, NO_ANSWER),
    Case("routing", people(2), OK, "No other app"),
    Case("routing", all_of(people(2), elsewhere(1)), WARNING, "1 of 3 conversations"),
    Case("routing", elsewhere(2), WRONG, "perhaps Meta's Business Agent"),
    Case("routing", elsewhere(1, "1217981644879628"), WRONG, "belong to Instagram's inbox"),
    Case("routing", elsewhere(1, "42"), WRONG, "belong to another app (42)"),
    Case("sending", put(), OK, "@shop may send, and the bot is on."),
    Case("sending", unreadable, WRONG, "@shop sends nothing: The stored access token cannot be"),
    Case("sending", lambda patient: tokens.drop(1), WRONG, "sends nothing: This account has no"),
    Case("sending", row(active=False), WARNING, "is disconnected"),
    Case("sending", row(bot_off_by="anna"), WARNING, "anna switched the bot off"),
    Case("sending", row(pause="throttled", paused_until=ago(-HOUR)), WARNING, "slow down"),
    Case("sending", row(pause="broken", paused_until=ago(-HOUR), pause_reason="Reconnect it."),
         WRONG, "sends nothing at the moment: Reconnect it."),
    Case("menu", offers("Price"), OK, "rules answer each tap"),
    Case("menu", offers("Price", saved="Klarna"), WARNING, "something else than was saved here: m"),
    Case("menu", offers("Klarna"), WARNING, "meant for it answers a tap on “Klarna”."),
    Case("menu", all_of(offers("Price"), answers(MENU, EXPIRED)), WRONG, "Instagram did not say."),
    Case("menu", all_of(offers("Price"), answers(MENU, HTML_502)), WARNING, NO_ANSWER),
    Case("echoes", put(), OK, "Too little was sent lately"),
    Case("echoes", sends(5), WARNING, "none of them came back as an echo"),
    Case("echoes", all_of(sends(5), read_comes), WARNING, "none of them came back as an echo"),
    Case("echoes", all_of(sends(5), echo_comes), OK, "comes back as an echo"),
    Case("echoes", all_of(sends(1, state=State.UNKNOWN), echo_comes), WARNING, "whether 1 mess"),
    Case("read_back", put(), OK, "Nobody has written in the last day"),
    Case("read_back", asked_lately(), OK, "Threads can be read back."),
    Case("read_back", asked_lately(thread=False), WARNING, "shows no messages of a customer"),
    Case("missed", put(), OK, "Nobody has looked yet"),
    Case("missed", looked(), OK, "Found nothing in the last day."),
    Case("missed", looked(finds=[[ago(HOUR).isoformat(), 3]]), WARNING, "Found 3 messages"),
    Case("missed", looked(finds=[[ago(2 * DAY).isoformat(), 3]]), OK, "Found nothing"),
    Case("missed", looked(looked_at=ago(5 * HOUR)), WARNING, "overdue"),
    Case("missed", looked(problem="Reconnect it.", failed_at=ago(HOUR)), WRONG, "Reconnect it."),
    Case("missed", looked(looked_at=ago(DAY), recognised_at=None), WARNING, "The check starts"),
    Case("missed", looked(began_at=ago(HOUR), looked_at=ago(HOUR), recognised_at=None),
         OK, "The check starts once a customer has written"),
    Case("missed", looked(left_out=2), WARNING, "Instagram did not show 2 conversations."),
    Case("missed", all_of(looked(looked_at=ago(5 * HOUR)), is_paused), WARNING, "is paused"),
    Case("missed", looked(comments_problem="Reconnect it.", comments_failed_at=ago(HOUR)),
         WRONG, "Comments could not be read"),
    Case("missed", not_wanted, OK, "missed_minutes is 0"),
    Case("read_back", all_of(asked_lately(), lambda one: setattr(one.graph, "always", EXPIRED)),
         WRONG, "The access token has expired"),
]  # fmt: skip
BY_PAGE = [
    Case("token", of_token(), OK, "Facebook Login for @shop. It has no end."),
    Case("token", ends_in(40.5), OK, "It lasts 40 d more."),
    Case("token", ends_in(15.5), OK, "It lasts 15 d more."),
    Case("token", ends_in(14.5), WARNING, "It lasts 14 d more."),
    Case("token", ends_in(3.5), WARNING, "It lasts 3 d more."),
    Case("token", of_token(app_id="300"), WRONG, "This token is of another app (300)"),
    Case("token", of_token(scopes=["instagram_basic"]), WRONG, "instagram_manage_messages is miss"),
    Case("token", of_token(is_valid=False), WRONG, "does not accept this token"),
    Case("token", answers(DEBUG, error(190)), WRONG, "Check FACEBOOK_APP_ID and"),
    Case("token", answers(ME, {"id": PAGE, "name": "Shop"}), WRONG, "no professional Instagram"),
    Case("account", of_token(), OK, f"ID {ACCOUNT}"),
    Case("permissions", of_token(), OK, "has the permissions that the rules in use need"),
    Case("permissions", all_of(
        of_token(scopes=["instagram_manage_messages"]), comments_are_answered), WRONG,
        "instagram_manage_comments is missing"),
    Case("host", of_token(), OK, "belong together"),
    Case("host", host("https://graph.instagram.com"), WRONG, "which does not know the token"),
    Case("fields", of_token(), OK, "The Page is subscribed."),
    Case("fields", answers(PAGE_FIELDS, {"data": []}), WRONG, "manage.py doctor --fix"),
    Case("secret", of_token(), OK, "is that of the token's app"),
    Case("token", answers(DEBUG, HTML_502), WARNING, NO_ANSWER),
    Case("token", answers(DEBUG, error(4)), WARNING, SLOW_DOWN),
    Case("secret", wrong_proof, WRONG, "None of our app secrets is that of the token's app"),
    Case("routing", all_of(people(1), owned_by(APP)), OK, "No other app"),
    Case("routing", all_of(people(1), owned_by("")), OK, "No other app"),
    Case("routing", all_of(people(1), owned_by("263902037430900")), WARNING,
         "belongs to the Page's inbox"),
    Case("routing", all_of(people(1), owned_by("42")), WARNING, "belongs to another app (42)"),
    Case("callback", of_token(), OK, "The app posts its webhooks here"),
    Case("callback", answers(POSTED, {"data": []}), WRONG, "posts no webhooks of Instagram"),
    Case("callback", answers(POSTED, error(190)), WRONG, "does not accept FACEBOOK_APP_ID"),
    Case("callback", answers(POSTED, error(101)), WRONG, "does not accept FACEBOOK_APP_ID"),
    Case("callback", answers(POSTED, HTML_502), WARNING, NO_ANSWER),
    Case("callback", answers(POSTED, error(2, status=500)), WARNING, NO_ANSWER),
    Case("callback", answers(POSTED, error(4)), WARNING, SLOW_DOWN),
    Case("callback", answers(POSTED, error(5)), WRONG, "no calls from this server's address"),
    Case("callback", host("http://127.0.0.1:9"), WARNING, UNREACHED),
    Case("callback", posts(callback_url="https://old.example/webhooks/instagram"), WRONG,
         "posts its webhooks to https://old.example/webhooks/instagram"),
    Case("callback", posts(active=False), WRONG, "posts no webhooks of Instagram"),
    Case("callback", posts(fields=["messaging_seen"]), WRONG, "does not post: messages, messagin"),
    Case("callback", comments_are_answered, WRONG, "does not post: comments, live_comments."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fault", "state", "words"), BY_INSTAGRAM)
def test_what_is_told_of_an_account_by_instagram_login(
    patient: Patient, name: str, fault: Fault, state: Health, words: str
) -> None:
    connects(patient)
    told(patient, name, fault, state, words)


@pytest.mark.parametrize(("name", "fault", "state", "words"), BY_PAGE)
def test_what_is_told_of_an_account_by_facebook_login(
    patient: Patient, name: str, fault: Fault, state: Health, words: str
) -> None:
    connects_page(patient)
    told(patient, name, fault, state, words)


def told(patient: Patient, name: str, fault: Fault, state: Health, words: str) -> None:
    fault(patient)
    findings = found(name)
    assert [
        one for one in findings if words in f"{one.says} {one.next_step}" and one.state == state
    ], findings


def not_renewed(problem: str) -> Fault:
    return row(renewal_problem=problem, renewal_failed_at=ago(HOUR))


SINCE, SILENT = "It has not been renewed since ", "Meta did not say how long it lasts since "


@pytest.mark.parametrize(
    ("connect", "problem", "says", "next_step"),
    [
        (connects, renewal.NOT_RENEWED, SINCE, "tries again every six hours. If the token ends"),
        (connects, "Instagram cannot be reached.", SINCE, "asks again by itself"),
        (connects_page, renewal.NOT_ASKED, SILENT, "from App settings > Basic"),
        (connects_page, "Instagram cannot be reached.", SILENT, "asks again by itself"),
    ],
)
def test_a_token_that_works_is_not_to_be_replaced_because_it_was_not_renewed(
    patient: Patient, connect: Any, problem: str, says: str, next_step: str
) -> None:
    connect(patient)
    not_renewed(problem)(patient)
    [line] = [one for one in found("token") if problem in one.says]
    assert (line.state, line.link) == (WARNING, "")
    assert says in line.says
    assert next_step in line.next_step
    assert line.next_step != RECONNECT


@pytest.mark.parametrize(
    ("days", "state", "words"), [(91, OK, "lasts until"), (90, WARNING, "ends on"), (0, WRONG, "")]
)
def test_the_end_of_a_version_is_warned_of(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, days: int, state: Health, words: str
) -> None:
    end: date = timezone.now().date() + timedelta(days=days)
    monkeypatch.setitem(versions._ENDS, (26, 0), end)
    [version] = found("version")
    assert (version.state, words in version.says) == (state, True)


def test_a_menu_that_nobody_has_edited_here_has_no_line(patient: Patient) -> None:
    connects(patient)
    assert found("menu") == []


def test_another_version_that_answers_is_told(patient: Patient) -> None:
    patient.graph.headers["facebook-api-version"] = "v27.0"
    [connection] = found("connection")
    assert connection.state == WARNING
    assert "answers by v27.0, not by v26.0" in connection.says


def test_what_cannot_be_asked_is_left_to_the_line_of_the_token(patient: Patient) -> None:
    connects(patient)
    patient.graph.answers[ME] = EXPIRED
    assert found("account") == found("permissions") == []


def test_each_of_several_accounts_has_a_line_that_names_it(patient: Patient) -> None:
    connects(patient)
    other = Account.objects.create(instagram_id="1784222", username="second", login="instagram")
    tokens.keep(other.pk, "IGAA-of-the-second-account", login="instagram")
    silent = Account.objects.create(instagram_id="1784333", username="third", active=False)
    lost = Account.objects.create(instagram_id="1784444", username="fourth")
    Account.objects.filter(pk=lost.pk).update(token="sealed by a key that is gone", login="page")
    lines = {one.says.partition(":")[0]: one.state for one in found("token")}
    assert lines == {"@fourth": WRONG, "@shop": OK, "@second": OK}
    assert str(silent) not in str(found("token"))
    assert [one.state for one in found("sending")] == [OK, OK, WARNING, WRONG]


def test_a_lively_account_hides_none_without_echoes(patient: Patient) -> None:
    connects(patient)
    for number in range(2):
        account = Account.objects.create(instagram_id=f"178422{number}", username=f"more{number}")
        talk = make_conversation("sent", account=account)
        for other in range(4):
            say(
                talk, sent_at=ago(HOUR), called_at=ago(HOUR),
                mid=key_of(account.pk, f"of{number}-{other}"),
            )  # fmt: skip
    sends(5)(patient)
    echo_comes(patient)
    echo_of("of0-3")
    [line] = found("echoes")
    assert line.state == WARNING
    assert line.says.startswith("@more1: 4 messages were sent in the last day, and none of them")


def test_a_token_that_no_process_has_kept_yet_is_looked_at(patient: Patient) -> None:
    connects(patient)
    Account.objects.all().delete()
    [token] = found("token")
    assert token.state == OK
    [account] = found("account")
    assert (account.state, "Start a worker" in account.next_step) == (WARNING, True)
    assert not Account.objects.exists()


class TestFix:
    def test_the_missing_fields_are_subscribed_beside_those_that_are_there(
        self, patient: Patient
    ) -> None:
        account = connects(patient)
        has_fields(patient, ACCOUNT, "messages", "mentions")
        [line] = subscribe_missing()
        assert line.startswith("@shop: subscribed messaging_postbacks, messaging_seen,")
        assert set(patient.graph.subscribed[ACCOUNT]) == {*ALL_FIELDS, "mentions"}
        account.refresh_from_db()
        assert set(account.webhook_fields) == {*ALL_FIELDS, "mentions"}
        assert [one.state for one in found("fields")] == [OK]

    def test_what_meta_leaves_out_is_said(self, patient: Patient) -> None:
        connects(patient)
        patient.graph.answers[FIELDS] = fields(*ALL_FIELDS[:-1])
        patient.graph.answers[f"POST {ACCOUNT}/subscribed_apps"] = {"success": True}
        assert list(subscribe_missing()) == ["@shop: Meta left out standby."]

    def test_nothing_is_done_where_nothing_is_missing(self, patient: Patient) -> None:
        connects(patient)
        assert list(subscribe_missing()) == ["@shop: nothing was missing."]
        assert not [one for one in patient.graph.calls if one.startswith("POST ")]

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (answers(f"POST {ACCOUNT}/subscribed_apps", error(200)), "not subscribed. The app is"),
            (answers(f"POST {ACCOUNT}/subscribed_apps", {"success": False}), "did not say whether"),
            (row(instagram_id=""), "not known yet who it is"),
            (answers(FIELDS, EXPIRED), "The access token has expired"),
        ],
    )
    def test_what_could_not_be_done_is_said(
        self, patient: Patient, fault: Fault, words: str
    ) -> None:
        connects(patient)
        patient.graph.answers[FIELDS] = fields("messages")
        fault(patient)
        [line] = subscribe_missing()
        assert words in line

    def test_a_page_is_subscribed_by_its_own_id(self, patient: Patient) -> None:
        connects_page(patient)
        has_fields(patient, PAGE)
        assert list(subscribe_missing()) == ["@shop: subscribed messages."]
        assert patient.graph.subscribed[PAGE] == ["messages"]

    def test_any_field_of_a_page_is_enough(self, patient: Patient) -> None:
        connects_page(patient)
        has_fields(patient, PAGE, "feed")
        assert list(subscribe_missing()) == ["@shop: nothing was missing."]
