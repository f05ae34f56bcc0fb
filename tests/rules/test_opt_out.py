"""The rules by which customers opt out and in again: sound, and refused where they would not be."""

from functools import cache
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rules import opt_out
from rules.matching import Listener, Matcher, MatchMode
from rules.models import ResponseRule, RuleChange

pytestmark = pytest.mark.once


@cache
def _matcher(number: int) -> Matcher:
    words = tuple(opt_out.RULES[number]["keywords"].splitlines())
    return Matcher([Listener(1, 1, MatchMode.EXACT, words, is_command=True)])


STOP: dict[str, Any] = {
    "name": "Stop", "match": "exact", "keywords": "stop", "reply": "Bye.", "opt_out": "stop"
}  # fmt: skip


@pytest.mark.django_db
def test_they_are_added_once_with_their_history() -> None:
    added = opt_out.add_rules(by="anna")
    for rule in added:
        rule.full_clean()
    assert [rule.opt_out for rule in added] == ["stop", "start"]
    assert set(RuleChange.objects.values_list("by", flat=True)) == {"anna"}
    assert opt_out.add_rules(by="ben") == []
    assert not opt_out.is_missing(ResponseRule.objects.active())
    ResponseRule.objects.update(active=False)
    assert opt_out.is_missing(ResponseRule.objects.active())
    assert opt_out.add_rules(by="ben") == [], "staff have switched them off"


def test_no_word_means_both() -> None:
    stop, start = (set(rule["keywords"].splitlines()) for rule in opt_out.RULES)
    matcher = Matcher([Listener(1, 1, MatchMode.EXACT, tuple(stop))])
    assert [word for word in start if matcher.find(word)] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("match", "words"),
        ("match", "contains"),
        ("match", "everything"),
        ("for_comments", True),
        ("for_story_mentions", True),
        ("for_photos", True),
        ("never", "bus"),
        ("typos", 1),
        ("hours", "inside"),
        ("first_day", "2026-11-01"),
        ("last_day", "2026-11-01"),
        ("only_new", True),
        ("once_in_hours", 2),
        ("referral", "autumn"),
        ("opt_out", "perhaps"),
    ],
)
def test_customers_can_always_opt_out_and_never_unawares(field: str, value: Any) -> None:
    ResponseRule(**STOP).full_clean()
    ResponseRule(**STOP | {"opt_out": "start"}).full_clean()
    with pytest.raises(ValidationError) as refused:
        ResponseRule(**STOP | {field: value}).full_clean()
    assert field in refused.value.message_dict


STOP_MESSAGES = [
    "arrête", "arrete", "Arrête s'il te plaît", "arrêtez de m'écrire", "désabonnez-moi svp",
    "s.v.p. stop",
    "cancel subscription", "please cancel my subscription", "stop sending me messages",
    "Stop messaging me please", "don't message me", "Do not contact me, thanks",
    "take me off your list",
    "stop-stop", "STOP-STOP-STOP!", "стоп-стоп", "stop a.u.b.", "Stop alstublieft", "stop ya",
    "stop dong",
    "detente por favor", "no me escriban más", "dejen de escribirme", "dame de baja",
    "pare de mandar mensagens",
    "me descadastre por favor", "melde mich ab", "Bitte melden Sie mich ab", "hören Sie auf",
    "keine Nachrichten mehr bitte", "smettetela", "non scrivetemi più", "cancellatemi per cortesia",
    "meld me af aub", "hou op", "sluta skicka meddelanden tack", "meld meg av", "afmeld mig tak",
    "lopettakaa kiitos", "lõpetage palun", "przestańcie", "nie piszcie do mnie",
    "odhlaste mě prosím", "prestaňte", "hagyják abba", "ne írjanak többet",
    "opriți mesajele vă rog",
    "prestanite molim vas", "одјавите ме", "спрете моля", "отпишете ме", "остановите",
    "Не пишите мне больше",
    "отмените подписку, пожалуйста", "пж отключите бота", "зупиніть", "не пишіть мені, прошу",
    "спыніце",
    "тоқтатыңыз", "durdurun", "bana mesaj atmayın lütfen", "dayandırın", "to'xtating iltimos",
    "σταματήστε",
    "გაჩერდით", "կանգնեք", "أوقفوا الرسائل", "اوقف من فضلك", "لا ترسلوا لي رسائل", "لغو",
    "لغو کنید",
    "پیام ندهید لطفا", "بند کر دیں", "बंद कीजिए", "मैसेज मत भेजो", "band karo bhai", "বন্ধ করুন",
    "நிறுத்துங்கள்",
    "תפסיק", "תפסיקי", "תפסיקו בבקשה", "אל תשלחו לי הודעות", "נא להסיר", "别再发了", "請停止發送",
    "退订吧",
    "停止してくださいね", "やめてください", "送らないで下さい", "중지해주세요", "중지해 주세요",
    "중지 해주세요",
    "수신거부해주세요", "수신거부할게요", "그만해", "그만해주세요", "보내지 마세요", "멈춰주세요",
    "구독취소요",
    "หยุดนะคะ", "หยุดนะครับ", "หยุดส่งข้อความนะคะ", "หยุดส่งได้แล้ว", "Dừng lại ạ",
    "dừng lại nhé", "đừng nhắn tin nữa ạ",
    "berhenti dong", "berhenti ya kak", "tolong hentikan", "jangan hubungi saya lagi",
    "itigil po", "stop na po",
    "acheni tafadhali", "sustabdykite prašau", "ndaloni ju lutem",
]  # fmt: skip
START_MESSAGES = [
    "시작해주세요", "시작해 주세요", "다시 시작해줘", "начните", "почніть будь ласка",
    "commencez svp", "empiecen",
    "comece por favor", "começa", "starten Sie", "bitte weitermachen", "ricominciate", "zacznijcie",
    "začněte prosím", "başlatın lütfen", "devam edin", "ξεκινήστε", "ابدأوا", "شروع کنید",
    "शुरू कीजिए",
    "תתחילו", "继续吧", "再開してください", "เริ่มนะคะ", "bắt đầu lại ạ", "mulai ya", "start po",
    "start-start",
]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "text"),
    [*((0, text) for text in STOP_MESSAGES), *((1, text) for text in START_MESSAGES)],
)
def test_it_is_understood_however_politely_it_is_said(number: int, text: str) -> None:
    assert _matcher(number).find(text)
    # Only as the whole message.
    for more in (f"{text} blue", f"price {text}"):
        assert _matcher(number).find(more) == []


# What customers answer to a shop's questions: none of it is a wish to hear no more.
@pytest.mark.parametrize(
    "text",
    [
        "alto", "seis", "para", "pare", "acha", "basta", "cancel", "end", "no", "nein", "non",
        "нет",        "later", "enough", "хватит", "off", "delete", "remove", "exit",
        "no gracias", "ok", "baixa",
        "stop it", "stop!!! so pretty", "cancelar", "annuler", "iptal", "отмена",
    ],
)  # fmt: skip
def test_an_answer_is_no_opt_out(text: str) -> None:
    words = tuple(opt_out.RULES[0]["keywords"].splitlines())
    matcher = Matcher([Listener(1, 1, MatchMode.EXACT, words, is_command=True)])
    assert matcher.find(text) == []
