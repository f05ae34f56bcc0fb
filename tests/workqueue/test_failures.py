from collections.abc import Callable

from structlog.testing import capture_logs

from workqueue.failures import Failures


def caught(work: Callable[[], object]) -> Exception:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whatever it raises is what the test is about
        return error
    raise AssertionError("nothing failed")


def divide() -> float:
    return 1 / 0


def look_up() -> int:
    return {"a": 1}["b"]


def test_an_error_is_logged_once_with_its_type_and_place_and_counted() -> None:
    failures = Failures("short_way_failed")
    with capture_logs() as logs:
        for _ in range(9):
            failures.note(caught(divide))
    assert len(logs) == 1
    line = logs[0]
    assert (line["event"], line["kind"], line["count"]) == (
        "short_way_failed",
        "ZeroDivisionError",
        1,
    )
    assert line["place"].endswith("divide")
    assert sum(failures.counts.values()) == 9


def test_another_kind_of_error_is_news() -> None:
    failures = Failures("short_way_failed")
    with capture_logs() as logs:
        failures.note(caught(divide))
        failures.note(caught(look_up))
    assert [line["kind"] for line in logs] == ["ZeroDivisionError", "KeyError"]


def test_what_goes_on_failing_is_said_again_more_and_more_rarely() -> None:
    failures = Failures("short_way_failed")
    with capture_logs() as logs:
        for _ in range(1000):
            failures.note(caught(divide))
    assert [line["count"] for line in logs] == [1, 10, 100, 1000]
    assert [bool(line["exc_info"]) for line in logs] == [True, False, False, False]
