"""What the doctor says of each part of the installation, where it is well and where it is not.

One table: a check, what has happened, the state, and words of its sentence or of the next step.
"""

import shutil
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from conversations.models import (
    Account,
    AccountDay,
    Conversation,
    CustomerErasure,
    ErasedCustomer,
    Erasure,
    Message,
    RetentionUpkeep,
    SilenceWatch,
    Worker,
)
from incidents.models import Contact, Presence
from instabot.doctor.findings import State
from people.models import Session
from tests.instabot.doctor.faults import (
    DAY,
    HOUR,
    MINUTE,
    Fault,
    Patient,
    ago,
    all_of,
    date_of,
    found,
    put,
)
from webhooks.models import Knock, WebhookEvent
from workqueue import bell

pytestmark = pytest.mark.django_db

OK, WARNING, WRONG = State.OK, State.WARNING, State.WRONG
Kind = Knock.Kind


def nothing(_: Patient) -> None:
    pass


# The installation


def database_is_away(patient: Patient) -> None:
    def away() -> None:
        raise OperationalError('connection to server at "db", user "u", password "hunter22"')

    patient.patch.setattr(connection, "cursor", away)


def migrations_missing(_: Patient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'reports' OR app = 'webhooks'")


def database_is_newer(_: Patient) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('rules', '9999_later', CURRENT_TIMESTAMP)"
        )


def free(megabytes: int) -> Fault:
    def fault(patient: Patient) -> None:
        usage = (100 * 1024**3, 0, megabytes * 1024**2)
        patient.patch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(*usage))

    return fault


GONE = "/nowhere/erased.jsonl"


def customer_was_erased(_: Patient) -> None:
    RetentionUpkeep.objects.the_row()  # its digest was made with that key
    ErasedCustomer.objects.create(digest=uuid4(), at=timezone.now())


def message_was_unsent(_: Patient) -> None:
    account = Account.objects.ours()
    conversation = Conversation.objects.create(account=account, customer_id="1")
    Message.objects.create(
        conversation=conversation,
        origin="customer",
        verdict="undecided",
        mid="aWdfUnsent",
        unsent_at=timezone.now(),
    )
    RetentionUpkeep.objects.the_row()


def erased(ago: timedelta) -> Fault:
    """What was erased so long ago is not in the file."""

    def fault(patient: Patient) -> None:
        patient.patch.setattr(settings, "ERASURES_FILE", GONE)
        at = timezone.now() - ago
        Erasure.objects.create(kind=Erasure.Kind.MESSAGE, digest=uuid4(), at=at)

    return fault


def to_erase(ago: timedelta) -> Fault:
    """A customer is to be erased since then."""

    def fault(_: Patient) -> None:
        at = timezone.now() - ago
        CustomerErasure.objects.create(conversation=1, by="olga", wanted_at=at)

    return fault


def line_is_dead(patient: Patient) -> None:
    def dead() -> int:
        raise ConnectionError("redis://user:hunter22@host")

    patient.patch.setattr(bell, "waiting", dead)


def many_rings(patient: Patient) -> None:
    patient.patch.setattr(bell, "waiting", lambda: 20_000)


def worker(seen: timedelta) -> Fault:
    return lambda _: Worker.objects.create(name="host:1", seen_at=ago(seen))


def work_waits(_: Patient) -> None:
    account = Account.objects.ours()
    Conversation.objects.create(account=account, customer_id="1", due_at=ago(5 * MINUTE))


# The way in


def knock(kind: Kind, at: timedelta = HOUR, count: int = 1, fits: str = "") -> Fault:
    def fault(_: Patient) -> None:
        Knock.objects.add(kind, fits, count, ago(at))

    return fault


def event(at: timedelta = MINUTE, **fields: Any) -> Fault:
    return lambda _: WebhookEvent.objects.create(body=b"{}", received_at=ago(at), **fields)


def busy_until(silent: timedelta, every: timedelta = HOUR) -> Fault:
    """Twenty events, some time between them, and then nothing."""
    return all_of(*(event(silent + every * number) for number in range(20, -1, -1)))


NOBODYS = [{"kind": "text", "outcome": "no account", "reason": "", "message": None}]
TAKEN = [{"kind": "text", "outcome": "recorded", "reason": "", "message": 1}]


def clock_of_another(ahead: timedelta) -> Fault:
    return lambda _: Presence.objects.note("host:1", "worker", timezone.now(), ahead)


def log_in(*, by_proxy: bool) -> Fault:
    fields = {"began_at": ago(HOUR), "by_unknown_proxy": by_proxy, "expire_date": timezone.now()}
    return lambda _: Session.objects.create(session_key="x", **fields)


def contact(**fields: Any) -> Fault:
    return lambda _: Contact.objects.create(who="Anna", address="x", **fields)


class Case(NamedTuple):
    check: str
    fault: Fault
    state: State
    words: str


CASES = [
    Case("settings", nothing, OK, "All settings are there"),
    Case("settings", put(RESPONSE_ENGINES=["no.Engine"]), WRONG, "no.Engine, which is not an eng"),
    Case("settings", put(SECRET_KEY="short"), WARNING, "the old one into SECRET_KEY_FALLBACKS"),
    Case("settings", put(FACEBOOK_VERIFY_TOKEN=""), WARNING, "FACEBOOK_VERIFY_TOKEN is not set"),
    Case("settings", put(WEBHOOK_SECRETS=[]), WARNING, "every webhook will be refused"),
    Case("settings", put(DEBUG=True), WRONG, "Set DEBUG=off"),
    Case("settings", put(SANDBOX=True, DEBUG=True), WARNING, "nothing reaches Instagram"),
    Case("settings", put(SANDBOX=True), WRONG, "sandbox must not run in production"),
    Case("database", nothing, OK, "answers."),
    Case("database", database_is_away, WRONG, "does not answer (OperationalError)."),
    Case("migrations", nothing, OK, "The database fits the code."),
    Case("migrations", migrations_missing, WRONG, "Run `manage.py migrate`."),
    Case("migrations", database_is_newer, WARNING, "the code is older than the database"),
    Case("disk", free(50_000), OK, "48.8 GB are free"),
    Case("disk", free(900), WARNING, "nearly full: 900 MB left"),
    Case("disk", free(100), WRONG, "full: 100 MB left"),
    Case("erasures", nothing, WARNING, "ERASURES_FILE is not set"),
    Case("erasures", put(ERASURES_FILE=__file__), OK, "What was erased is in /"),
    Case("erasures", erased(MINUTE), OK, f"{GONE} is not there yet"),
    Case("erasures", erased(HOUR), WRONG, f"1 erasure could not be written to {GONE}"),
    Case(
        "erasures", all_of(customer_was_erased, put(ERASURES_FILE=GONE)), WRONG,
        f"{GONE} is not there, though something was erased",
    ),
    Case(
        "erasures", all_of(message_was_unsent, put(ERASURES_FILE=GONE)), WRONG,
        "Then run `manage.py rebuild_erasures`",
    ),
    Case(
        "erasures", all_of(customer_was_erased, put(ERASURES_FILE=__file__)), WRONG,
        "lacks 1 erasure of which the database knows",
    ),
    Case("erasures", to_erase(MINUTE), WARNING, "ERASURES_FILE is not set"),
    Case("erasures", to_erase(HOUR), WRONG, "Not erased yet, though asked for: 1 customer."),
    Case("queue", nothing, OK, "answers."),
    Case("queue", line_is_dead, WRONG, "does not answer (ConnectionError)"),
    Case("queue", many_rings, WARNING, "20,000 calls wait"),
    Case("proxies", log_in(by_proxy=False), OK, "from an address of its own"),
    Case("proxies", log_in(by_proxy=True), WARNING, "Set TRUSTED_PROXIES, mostly to 1"),
    Case("worker", worker(timedelta()), OK, "1 worker is running."),
    Case("worker", nothing, WRONG, "manage.py run_huey"),
    Case("worker", worker(HOUR), WRONG, "No worker has been seen for 1 h"),
    Case("worker", worker(-HOUR), WARNING, "clock is 59 min ahead"),
    Case("worker", worker(-timedelta(seconds=55)), WARNING, " s ahead of ours"),
    Case("work", nothing, OK, "No work waits"),
    Case("work", work_waits, WRONG, "has waited for 5 min"),
    Case("contacts", nothing, WARNING, "Add yourself under Contacts"),
    Case("contacts", contact(), OK, "1 contact is told."),
    Case("contacts", contact(error="No such host."), WARNING, "did not get there: No such host."),
    Case("contacts", put(SANDBOX=True), OK, "in the sandbox nobody need be"),
    Case("heartbeat", nothing, WARNING, "if this whole host goes down, nobody is told"),
    Case("heartbeat", put(SANDBOX=True), OK, "the sandbox does not need"),
    Case("heartbeat", put(HEARTBEAT_URL="https://a.example/x"), OK, "told once a minute"),
    Case("clock", date_of(timedelta()), OK, "agrees with Instagram's"),
    Case("clock", date_of(-2 * MINUTE), WARNING, " min ahead of Instagram's"),
    Case("clock", date_of(-timedelta(seconds=45)), WARNING, " s ahead of Instagram's"),
    Case(
        "clock", all_of(date_of(timedelta()), clock_of_another(timedelta(seconds=1))), OK,
        "agrees with",
    ),
    Case("clock", clock_of_another(-MINUTE), WARNING, "1 min behind the database's"),
    Case("clock", clock_of_another(HOUR), WRONG, "of host is 1 h ahead of the database's"),
    Case("clock", date_of(HOUR), WRONG, "min behind Instagram's"),
    Case("verification", nothing, WARNING, "https://bot.example.com/webhooks/instagram"),
    Case("verification", put(FACEBOOK_VERIFY_TOKEN=""), WRONG, "Set FACEBOOK_VERIFY_TOKEN"),
    Case("verification", knock(Kind.VERIFIED), OK, "was verified 1 h ago"),
    Case("verification", event(), OK, "Webhooks arrive"),
    Case("verification", knock(Kind.TOKEN_WRONG), WRONG, "the token was another one"),
    Case("verification", knock(Kind.TOKEN_MISSING), WRONG, "no verify token came"),
    Case("verification", knock(Kind.TOKEN_NEAR), WRONG, "spaces, quotes or capital letters"),
    Case("verification", knock(Kind.BAD_CHALLENGE), WRONG, "the challenge was broken"),
    Case(
        "verification", knock(Kind.TOKEN_OTHER, fits="FACEBOOK_APP_SECRET"), WRONG,
        "was the value of FACEBOOK_APP_SECRET",
    ),
    Case(
        "verification", all_of(knock(Kind.VERIFIED, 3 * HOUR), knock(Kind.TOKEN_WRONG)), WARNING,
        "was refused 1 h ago",
    ),
    Case("verification", all_of(knock(Kind.TOKEN_WRONG), event()), WARNING, "was refused 1 h ago"),
    Case(
        "verification", all_of(knock(Kind.TOKEN_WRONG, 2 * HOUR), knock(Kind.VERIFIED)), OK,
        "was verified",
    ),
    Case("signatures", nothing, OK, "No webhook was refused"),
    Case("signatures", put(WEBHOOK_SECRETS=[]), WRONG, "it refuses every webhook"),
    Case("signatures", knock(Kind.SIGNED_WRONG, count=7), WRONG, "7 webhooks were refused"),
    Case("signatures", knock(Kind.SIGNED_WRONG), WRONG, "Set FACEBOOK_APP_SECRET"),
    Case(
        "signatures", knock(Kind.SIGNED_OTHER, fits="FACEBOOK_VERIFY_TOKEN"), WRONG,
        "signed with the value of FACEBOOK_VERIFY_TOKEN",
    ),
    Case("signatures", knock(Kind.BODY_CHANGED), WRONG, "byte for byte"),
    Case("signatures", knock(Kind.OLD_SIGNATURE), WRONG, "pass on the header X-Hub-Signature-256"),
    Case("signatures", knock(Kind.UNSIGNED), WARNING, "they had no signature"),
    Case("signatures", all_of(knock(Kind.UNSIGNED), event(2 * HOUR)), OK, "somebody else's"),
    Case(
        "signatures", all_of(knock(Kind.UNSIGNED, count=9), knock(Kind.SIGNED_WRONG)), WRONG,
        "1 webhook was refused",
    ),
    Case("signatures", all_of(knock(Kind.SIGNED_WRONG), event()), WARNING, "1 webhook was refused"),
    Case("signatures", all_of(event(2 * HOUR), knock(Kind.SIGNED_WRONG)), WRONG, "was refused"),
    Case("signatures", knock(Kind.SIGNED_WRONG, 2 * DAY), OK, "No webhook was refused"),
    Case("webhooks", nothing, WARNING, "Write to the account from another phone"),
    Case("webhooks", event(3 * HOUR), OK, "came 3 h ago"),
    Case("webhooks", busy_until(3 * DAY), WARNING, "usually come about every 1 h"),
    Case("webhooks", busy_until(3 * DAY, timedelta(seconds=5)), WARNING, "more than once a minute"),
    Case("webhooks", busy_until(2 * HOUR), OK, "came 2 h ago"),
    Case("webhooks", all_of(event(5 * DAY), event(2 * DAY)), OK, "came 2 d ago"),
    Case("webhooks", event(outcomes=NOBODYS), WRONG, "for an account that is not ours"),
    Case("webhooks", all_of(event(outcomes=NOBODYS), event(outcomes=TAKEN)), OK, "came 1 min ago"),
    Case(
        "webhooks", all_of(event(outcomes=TAKEN), *3 * [event(outcomes=NOBODYS)]), WARNING,
        "3 of the last 4 webhooks were for an account that is not ours",
    ),
    Case("webhooks", event(state="failed"), WARNING, "1 event could not be read"),
]  # fmt: skip


@pytest.mark.table
@pytest.mark.parametrize(("name", "fault", "state", "words"), CASES)
def test_each_part_is_told_by_its_state_and_a_sentence(
    patient: Patient, name: str, fault: Fault, state: State, words: str
) -> None:
    fault(patient)
    findings = found(name)
    told = [one for one in findings if words in f"{one.says} {one.next_step}"]
    assert [one for one in told if one.state == state], findings


def test_a_lively_account_hides_none_of_which_nothing_comes(patient: Patient) -> None:
    busy_until(timedelta())(patient)
    Account.objects.ours().save()
    heard = {"dead": (3 * DAY, 50), "slow": (3 * DAY, 1), "well": (HOUR, 50), "off": (9 * DAY, 50)}
    for number, (name, (silent, received)) in enumerate(heard.items()):
        account = Account.objects.create(
            instagram_id=f"17842{number}", username=name, active=name != "off"
        )
        SilenceWatch.objects.create(account=account, heard_at=ago(silent))
        for days in range(3):
            day = timezone.localtime(ago(silent + days * DAY)).date()
            figures = {"messages": {"received": received}}
            AccountDay.objects.create(account=account, day=day, figures=figures)
    lines = [one.says for one in found("webhooks") if one.state == WARNING]
    assert lines == ["The last message came to @dead 3 d ago (usually about every 2 h)."]


def test_whatever_is_not_well_says_why_it_matters_and_what_to_do(patient: Patient) -> None:
    [lost] = found("worker")
    assert lost.check == "worker"
    assert lost.why == "Workers read what customers write, and answer it."
    assert (
        lost.next_step
        == "Start a worker: `manage.py run_huey`. The web process alone answers nobody."
    )


def test_where_meta_is_out_of_reach_the_databases_clock_is_asked(patient: Patient) -> None:
    patient.settings.GRAPH_API_URL = "http://127.0.0.1:9"
    [clock] = found("clock")
    is_alone = connection.vendor == "sqlite"
    assert clock.state == OK
    assert ("no other clock" if is_alone else "agrees with the database's") in clock.says
