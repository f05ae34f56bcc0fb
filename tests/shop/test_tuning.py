import pytest
from django.core.management import CommandError, call_command

from shop import tuning
from shop.models import Tuning
from workqueue import snapshot

pytestmark = pytest.mark.django_db


def test_the_command_prints_each_name_with_value_default_and_meaning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tuning.put("pause_hours", "6")
    call_command("tune")
    printed = capsys.readouterr().out
    assert "pause_hours = 6 hours (default 12, range 0 to 720)" in printed
    for knob in tuning.KNOBS.values():
        assert knob.name in printed
        assert knob.meaning in printed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("a=b", "There is no setting “a”. `manage.py tune` lists them all."),
        ("pause_hour=1", "no setting “pause_hour”. Did you mean pause_hours or throttle_pause"),
        ("pausehours", "no setting “pausehours”. Did you mean pause_hours?"),
        ("pause_hours=soon", "Enter a number from 0 to 720 (hours)"),
        ("pause_hours=-1", "Enter a number from 0 to 720"),
        ("pause_hours=nan", "Enter a number from 0 to 720"),
        ("pause_hours=", "Enter a number from 0 to 720"),
        ("age_limit_minutes=0", "from 1 to 1380"),
    ],
)
def test_nonsense_is_refused_with_what_is_possible(change: str, said: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("tune", "send_rate=10", change)
    assert said in str(refused.value)
    assert not Tuning.objects.exists(), "all changes of a command or none"


def test_after_a_change_only_what_was_changed_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("tune", "pause_hours=6", "send_rate=50", "show_seen=1")
    assert capsys.readouterr().out.splitlines() == [
        "pause_hours = 6 hours (before: 12)",
        "send_rate = 50 messages a second (before: 50)",
        "show_seen = 1 (before: 0)",
    ]
    call_command("tune", "pause_hours=6")
    assert capsys.readouterr().out == "pause_hours = 6 hours (as before)\n"


def test_a_name_alone_shows_that_setting(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("tune", "pause_hours")
    assert capsys.readouterr().out.splitlines() == [
        "pause_hours = 12 hours (default 12, range 0 to 720)",
        f"    {tuning.KNOBS['pause_hours'].meaning}",
    ]
    assert not Tuning.objects.exists()


def test_a_value_set_elsewhere_is_in_force_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tuning.get("pause_hours") == 12
    Tuning.objects.create(name="pause_hours", value="3")
    assert tuning.get("pause_hours") == 12, "not looked at for each message"
    monkeypatch.setattr(snapshot, "MAX_AGE", 0.0)
    assert tuning.get("pause_hours") == 3
    assert snapshot.MAX_AGE < 1


def test_a_row_that_this_version_does_not_understand_is_left_alone() -> None:
    Tuning.objects.create(name="of_tomorrow", value="x")
    Tuning.objects.create(name="pause_hours", value="999999")
    assert tuning.get("pause_hours") == 12
