"""Every row of Meta's table, and what stands in none."""

import pytest

from instagram.errors import (
    TABLE,
    AccountError,
    AmbiguousError,
    BlockedError,
    GraphError,
    LoginError,
    OnceMoreError,
    PermanentError,
    Reply,
    RetryError,
    ThrottledError,
    classify,
)

pytestmark = pytest.mark.no_database

R, R1, T, P = RetryError, OnceMoreError, ThrottledError, PermanentError
A, L, B, X = AccountError, LoginError, BlockedError, AmbiguousError

# Code and subcode as Meta's pages list them, with the class that each one has.
EXPECTED = [
    (-1, None, R),
    *[(1, None, X), (1, 1357046, X), (1, 99, A), (2, None, X), (2, 2018344, P), (3, None, A)],
    *[(4, None, T), (4, 2018022, T), (10, None, A), (10, 2534022, P), (10, 2018278, P)],
    *[(10, 2018065, P), (10, 2018108, P), (10, 2534077, A), (10, 1893063, B), (10, 1545041, P)],
    *[(17, None, T), (32, None, T), (80001, None, T), (80002, None, T), (80006, None, T)],
    *[(341, None, T), (613, None, T), (613, 2534040, T), (613, 2018338, T), (100, None, P)],
    *[(100, 33, A), (100, 2018001, P), (100, 2018008, R1), (100, 2018014, P), (100, 2018047, P)],
    *[(100, 2018074, P), (100, 2018109, P), (100, 2018294, R1), (100, 2018164, P)],
    *[(100, 2018320, P), (100, 2018328, P), (100, 2534013, A), (100, 2534014, P)],
    *[(100, 2534015, P), (100, 2534025, P), (100, 2534029, B), (100, 2534122, B)],
    *[(100, 2534037, P), (100, 1545041, P), (190, None, L), (190, 458, L), (190, 459, L)],
    *[(190, 460, L), (190, 463, L), (190, 464, L), (190, 467, L), (190, 492, L), (102, None, L)],
    *[(200, None, A), (200, 2018028, A), (200, 1545041, P), (200, 2534041, A), (230, None, P)],
    *[(368, None, B), (506, None, P), (551, None, P), (551, 1545041, P), (803, None, P)],
    *[(2018300, None, P), (2018321, None, R), (2022, None, B), (36103, None, A)],
    *[(9000001, None, P), (9010, None, P), (2500, None, A)],
    *[(5, None, L), (15, None, L), (101, None, L), (104, None, L)],
    *[(450, None, L), (452, None, L), (2635, None, L)],
]


@pytest.mark.parametrize(("code", "subcode", "kind"), EXPECTED)
def test_each_row_has_its_class_and_a_sentence(
    code: int, subcode: int | None, kind: type[GraphError]
) -> None:
    found = classify(Reply(status=400, code=code, subcode=subcode), {})
    assert type(found) is kind
    assert found.advice.endswith(".")


def test_the_table_has_no_row_beyond_those() -> None:
    assert set(TABLE) == {(code, subcode) for code, subcode, _ in EXPECTED}


@pytest.mark.parametrize(
    ("reply", "error", "kind"),
    [
        (Reply(400, 190, 999999), {}, L),  # an unknown subcode falls back to its code
        (Reply(400, 368, 1390008), {}, B),
        (Reply(400, 250), {}, A),  # 201 to 299: permissions
        (Reply(400, 77777), {}, P),
        (Reply(400, 77777), {"is_transient": True}, X),
        (Reply(503, 77777), {}, X),
        (Reply(400), {}, X),  # an error without a code proves nothing
        (Reply(400, 100), {"message": "Unsupported request - method type: post"}, A),
        (Reply(400, 100), {"message": "Unsupported request - method type: get"}, A),
        (Reply(400, 100), {"message": "(#100) Unsupported request"}, A),
        (Reply(400, 100), {"message": "Unsupported post request. Please read …"}, A),
        (Reply(400, 100, 999999), {"message": "Unsupported request - method type: post"}, A),
        (Reply(400, 100), {"message": "Unsupported attachment in the request"}, P),
        (Reply(400, 100), {"message": None}, P),
        (Reply(400, 100), {"message": "Invalid appsecret_proof provided in the API argument"}, L),
        (Reply(400, 100), {"message": "API calls from the server require an appsecret_proof"}, L),
        (Reply(400, 100, 999999), {"message": "(#100) Invalid appsecret_proof …"}, L),
        (Reply(400, 100), {"message": "Invalid parameter"}, P),
        (Reply(500, -1), {}, R),
        (Reply(400, -1, 2207001), {"is_transient": True}, R),
    ],
)
def test_what_stands_in_no_row(
    reply: Reply, error: dict[str, object], kind: type[GraphError]
) -> None:
    assert type(classify(reply, error)) is kind


@pytest.mark.parametrize("code", [5, 15, 101, 102, 104, 190, 450, 452, 2635])
def test_what_refuses_the_app_refuses_every_call(code: int) -> None:
    found = classify(Reply(400, code), {})
    assert isinstance(found, AccountError)
    assert found.everywhere


def test_an_error_shows_no_text_of_meta_in_a_log() -> None:
    error = classify(Reply(400, 100, body="secret text"), {"message": "secret text"})
    assert str(error) == "PermanentError code=100 subcode=None"
