"""Which addresses are taken: services by name, their options by name, and no host of our own."""

import pytest
from pytest_django import Settings

from incidents import addresses
from incidents.addresses import AddressError

pytestmark = pytest.mark.no_database

DISCORD = f"1234567890123456789/{'a' * 68}"
SLACK = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


@pytest.fixture(autouse=True)
def _dns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A DNS that leads names of .example out, those of .lan in, and knows no others."""

    def look_up(name: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        place = {"out": "93.184.216.34", "metadata": "169.254.169.254"}.get(
            name.split(".", maxsplit=1)[0]
        )
        if place is None and name.endswith(".example"):
            place = "93.184.216.34"
        elif name.endswith(".lan"):
            place = "10.0.0.5"
        elif name.replace(".", "").isdigit() or ":" in name:
            place = name
        if place is None:
            name.encode("idna")  # as the real one does; a label may be too long
            raise OSError
        return [(2, 1, 6, "", (place, 0))]

    monkeypatch.setattr("socket.getaddrinfo", look_up)


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("mailtos://u:pa55w0rd@shop.example?to=anna@b.example", "E-mail to anna@b.example"),
        (f"slack://{SLACK}/#general", "Slack"),
        (f"https://hooks.slack.com/services/{SLACK}", "Slack"),
        ("tgram://123456789:AAGabcdefghijklmnopqrstuvwxyz12345678/12315544", "Telegram"),
        ("ntfy://topic-of-ours", "ntfy"),
        ("ntfys://ntfy.example/topic-of-ours?priority=high", "ntfy, ntfy.example"),
        (f"discord://{DISCORD}", "Discord"),
        (f"https://discord.com/api/webhooks/{DISCORD}", "Discord"),
        (
            "workflows://prod-12.logic.example:443/643e69f83c8944/4deadbeef",
            "Power Automate / Workflows (for MSTeams), prod-12.logic.example",
        ),
        ("jsons://hooks.example/hunter2222?+X-Key=abc", "JSON, hooks.example"),
        ("json://93.184.216.34/x", "JSON, 93.184.216.34"),
        (f"zulip://bot@shop.example/{'a' * 32}", "Zulip, shop.example"),
    ],
)
def test_these_are_taken_and_shown_without_what_is_secret(address: str, label: str) -> None:
    addresses.read(address)
    assert addresses.describe(address) == label


@pytest.mark.parametrize(
    "address",
    [
        "", "anna@shop.example", "hello", "https://shop.example/hook", "exec://ls", "file:///etc/passwd",
        "syslog://", "dbus://", "json://", "mailto://", "a b", "json://a.example/\nx", "apprise://a/b",
        "gnome://", "windows://", "mqtt://out.example/x", "rsyslog://out.example",
        "syslog://_?x=1", "xml://out.example/x", "blink1://", "macosx://",
    ],
)  # fmt: skip
def test_these_are_not_taken_at_all(address: str) -> None:
    with pytest.raises(AddressError):
        addresses.read(address)


@pytest.mark.parametrize(
    "address",
    [
        "json://127.0.0.1/x", "json://[::1]/x", "json://10.1.2.3/x", "json://192.168.0.9/x",
        "json://172.16.0.1/x", "jsons://metadata/latest", "json://169.254.169.254/latest",
        "json://0.0.0.0/x", "json://100.64.0.1/x", "json://224.0.0.1/x", "form://mail.lan/x",
        "ntfy://mail.lan/topic", "gotify://mail.lan/token-of-it",
        "mailto://u:p@shop.example?smtp=mail.lan&to=a@b.example",
        "json://[::ffff:10.0.0.5]/x", "json://nobody.nowhere/x",
        f"zulip://bot@chat.lan/{'a' * 32}", f"zulip://bot@a.out.example%40mail.lan%2F/{'a' * 32}",
        f"mailto://u:p@shop.example?to=a@b.example&smtp={'a' * 70}.nowhere",
        "mailto://u:p@shop.example?to=a@b.example&smtp=mail.lan%2F.example",
    ],
)  # fmt: skip
def test_hosts_of_the_own_network_and_unknown_ones_are_not_called(address: str) -> None:
    with pytest.raises(AddressError):
        addresses.read(address)


def test_a_host_of_the_own_network_can_be_allowed(settings: Settings) -> None:
    settings.ALERT_HOSTS = ["mail.lan"]
    addresses.read("mailto://u:p@shop.example?smtp=mail.lan&to=a@b.example")
    with pytest.raises(AddressError, match=r"ALERT_HOSTS=other\.lan"):
        addresses.read("json://other.lan/x")


@pytest.mark.parametrize(
    "option",
    [
        "template=/etc/passwd", "pgpkey=/etc/passwd", "attach=file:///etc/passwd",
        "redirect=yes", "verify=no", "rto=900", "cto=900", "retry=5", "Template=x", "include=x",
    ],
)  # fmt: skip
def test_options_that_name_files_or_loosen_what_is_safe_are_refused(option: str) -> None:
    for address in (f"jsons://out.example/x?{option}", f"mailtos://u:p@shop.example?{option}"):
        with pytest.raises(AddressError, match="option"):
            addresses.read(address)


@pytest.mark.parametrize(
    "address",
    [
        "jsons://out.example/?format=text;redirect=yes", "jsons://out.example/x#?verify=no",
        "jsons://out.example/x?format=text?&redirect=yes", "jsons://out.example/x?-a=b",
        "jsons://out.example/x?:a=b", "jsons://out.example/x?%72edirect=yes",
        "ntfys://ntfy.example/topic?priority=high;attach=file:///etc/passwd",
        "ntfys://ntfy.example/topic?+attach=file:///etc/passwd",
        "mailtos://u:p@shop.example/x#?to=a@b.example;pgpkey=file:///etc/passwd",
    ],
)  # fmt: skip
def test_options_are_found_wherever_apprise_reads_them(address: str) -> None:
    with pytest.raises(AddressError, match="option"):
        addresses.read(address)


def test_a_matrix_server_names_no_other_one() -> None:
    assert addresses.read("matrixs://u:pa55w0rd@m.example/#room").discovery is False


SERVER = "mailtos://bot:hunter2222@shop.example?smtp=mail.lan&from=bot@shop.example"


def test_with_a_mail_server_somebodys_e_mail_is_enough(settings: Settings) -> None:
    with pytest.raises(AddressError, match="MAIL_URL"):
        addresses.read("anna@b.example")
    settings.MAIL_URL = SERVER
    assert addresses.read(" anna@b.example ").targets == [(False, "anna@b.example")]
    assert addresses.describe("anna@b.example") == "E-mail to anna@b.example"
    with pytest.raises(AddressError, match="private network"):  # what somebody types, as before
        addresses.read(f"{SERVER}&to=anna@b.example")
    for address in ("anna@b.example?smtp=other.example", "anna@b.example,eve@b.example", "anna@"):
        with pytest.raises(AddressError):
            addresses.read(address)
    settings.MAIL_URL = "mailtos://"
    with pytest.raises(AddressError, match="what MAIL_URL is"):
        addresses.read("anna@b.example")
