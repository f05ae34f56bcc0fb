"""The rules by which customers opt out of automatic messages, and back in.

A new shop has them by seed_rules; one that has rules already is offered them on the list of rules
and by check_rules. Staff may change their words and texts.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from rules import history
from rules.history import What
from rules.matching import MatchMode
from rules.models import ResponseRule
from rules.record import to_record

# What a whole message says for "no automatic messages any more". Not "cancel", "end" or their like,
# which in a shop are about an order, nor what is an answer in another language: "alto" (high),
# "seis" (six), "para" (money), "pare" (mate), "acha" (fine). Add to it freely.
STOP_WORDS = {
    "every language": ("stop", "🛑", "⛔"),
    "English": (
        "stop all", "stopall", "stop messaging me", "stop messages", "stop sending messages",
        "stop texting me", "stop bot", "stop the bot", "unsubscribe", "unsubscribe me", "unsub",
        "un-subscribe", "opt-out", "opt me out", "remove me", "quit",
    ),
    "Spanish": (
        "baja", "darme de baja", "dar de baja", "darse de baja", "parar",
        "detener", "cancelar suscripción", "cancelar la suscripción", "anular suscripción",
        "desuscribir", "desuscribirme", "no más mensajes",
    ),
    "Portuguese": (
        "parar", "sair", "cancelar inscrição", "cancelar a inscrição",
        "cancelar subscrição", "cancelar assinatura", "descadastrar", "remover",
    ),
    "French": (
        "arrêt", "arrêter", "arrêtez", "désabonner", "me désabonner", "désabonnement",
        "désinscrire", "me désinscrire", "désinscription", "désabonne-moi",
    ),
    "German": ("stopp", "abmelden", "abmeldung", "abbestellen", "austragen", "keine nachrichten"),
    "Italian": (
        "ferma", "fermati", "fermare", "disiscriviti", "disiscrivimi", "disiscrizione",
        "annulla iscrizione", "cancellami", "annulla l'iscrizione",
    ),
    "Catalan": ("atura", "aturar", "donar de baixa"),
    "Dutch": ("afmelden", "uitschrijven", "stoppen", "afmelding"),
    "Swedish, Norwegian, Danish": (
        "avregistrera", "avsluta prenumeration", "avprenumerera", "sluta", "avmeld", "meld av",
        "afmeld", "stop beskeder", "slutt",
    ),
    "Finnish, Estonian": ("lopeta", "peru tilaus", "peruuta tilaus", "lõpeta", "loobu"),
    "Polish": (
        "wypisz", "wypisz mnie", "wypisuję się", "rezygnuję", "zatrzymaj", "stop wiadomości",
    ),
    "Czech, Slovak": ("odhlásit", "odhlásit odběr", "zastavit", "odhlásiť", "odhlásiť odber"),
    "Hungarian": ("leiratkozás", "leiratkozom", "állj", "lemondás"),
    "Romanian": ("dezabonare", "dezabonează-mă", "opreste", "oprește", "opriți"),
    "Serbian, Croatian, Slovene": (
        "odjava", "odjavi me", "prestani", "zaustavi", "одјава", "престани", "odjavi",
    ),
    "Bulgarian": ("стоп", "отписване", "отпиши ме", "спри"),
    "Russian": (
        "стоп", "отписаться", "отпишите", "отпишите меня", "отписка", "отпишись", "отпиши меня",
        "прекратить", "прекратите", "остановить",
    ),
    "Ukrainian": ("стоп", "відписатися", "відписатись", "відпишіть мене", "відписка", "зупинити"),
    "Belarusian": ("адпісацца", "спыніць"),
    "Kazakh": ("тоқта", "тоқтату", "жазылымнан бас тарту"),
    "Turkish": (
        "dur", "durdur", "abonelikten çık", "aboneliği iptal et", "çık", "mesaj istemiyorum",
    ),
    "Azerbaijani": ("dayan", "dayandır", "abunəliyi ləğv et", "abunəlikdən çıx"),
    "Uzbek": ("to'xta", "to'xtatish", "obunani bekor qilish"),
    "Greek": ("στοπ", "διακοπή", "σταμάτα", "κατάργηση εγγραφής", "διαγραφή"),
    "Georgian, Armenian": ("გაჩერდი", "შეწყვეტა", "გამოწერის გაუქმება", "կանգ", "դադարեցնել"),
    "Arabic": (
        "توقف", "إيقاف", "ايقاف", "أوقف", "قف", "ستوب", "إلغاء الاشتراك", "الغاء الاشتراك",
        "الغاء اشتراك", "لا ترسل",
    ),
    "Persian": ("توقف", "ایست", "لغو اشتراک", "لغو عضویت"),
    "Urdu, Hindi": ("بند کریں", "روکیں", "रोकें", "रोको", "बंद करो", "बंद करें", "स्टॉप", "सदस्यता समाप्त"),
    "Hebrew": ("עצור", "עצרו", "הפסק", "הפסיקו", "סטופ", "הסר", "הסרה", "הסירו אותי", "להסרה"),
    "Chinese": ("停止", "停", "退订", "退訂", "取消订阅", "取消訂閱", "不要再发了", "停止发送"),
    "Japanese": ("停止", "配信停止", "ストップ", "解除", "登録解除", "購読解除"),
    "Korean": ("중지", "그만", "수신거부", "수신 거부", "정지", "구독 취소", "구독취소", "스톱"),
    "Thai": ("หยุด", "เลิกรับข้อความ", "ยกเลิกการรับข้อความ", "ยกเลิกการติดตาม"),
    "Vietnamese": ("dừng", "dừng lại", "ngừng", "hủy đăng ký", "huỷ đăng ký"),
    "Indonesian, Malay": ("berhenti", "berhenti berlangganan", "henti", "hentikan"),
    "Filipino, Swahili": ("itigil", "tigil", "simama"),
}  # fmt: skip
# What a whole message says for "write to me again"; only asked where a customer has opted out.
START_WORDS = {
    "every language": ("start", "unstop", "▶️"),
    "English": (
        "subscribe", "resubscribe", "opt-in", "resume", "restart", "continue", "start again",
    ),
    "Spanish, Portuguese, Catalan": (
        "alta", "iniciar", "inicio", "empezar", "comenzar", "suscribir", "suscribirme", "começar",
        "assinar", "inscrever", "reanudar", "volver", "voltar", "començar",
    ),
    "French": ("démarrer", "commencer", "reprendre", "s'abonner", "m'abonner", "abonner"),
    "German, Dutch": ("starten", "anmelden", "weiter", "abonnieren", "aanmelden", "hervatten"),
    "Italian": ("inizia", "iniziare", "avvia", "iscriviti", "iscrivimi", "riprendi"),
    "Swedish, Norwegian, Danish, Finnish": (
        "starta", "börja", "begynn", "tilmeld", "aloita", "tilaa",
    ),
    "Polish, Czech, Slovak": ("rozpocznij", "zapisz", "wznów", "začít", "začať", "přihlásit"),
    "Hungarian, Romanian": ("indul", "kezdés", "feliratkozás", "începe", "abonare"),
    "Serbian, Croatian, Bulgarian": ("kreni", "počni", "почни", "старт", "започни"),
    "Russian, Ukrainian, Belarusian, Kazakh": (
        "старт", "начать", "подписаться", "продолжить", "почати", "підписатися", "продовжити",
        "пачаць", "баста", "бастау", "жазылу",
    ),
    "Turkish, Azerbaijani": ("başla", "başlat", "abone ol", "devam", "abunə ol"),
    "Greek": ("έναρξη", "ξεκίνα", "εγγραφή"),
    "Arabic, Persian, Urdu": ("ابدأ", "ابدا", "ستارت", "اشتراك", "شروع", "شروع کریں"),
    "Hindi, Hebrew": ("शुरू", "शुरू करें", "התחל", "התחילו", "הרשמה", "להמשיך"),
    "Chinese, Japanese, Korean": (
        "开始", "開始", "订阅", "訂閱", "再開", "スタート", "시작", "구독",
    ),
    "Thai, Vietnamese, Indonesian": ("เริ่ม", "เริ่มใหม่", "bắt đầu", "đăng ký", "mulai", "mula"),
}  # fmt: skip


def _lines(words: dict[str, tuple[str, ...]]) -> str:
    every = (word for of_language in words.values() for word in of_language)
    return "\n".join(dict.fromkeys(every))


RULES: list[dict[str, Any]] = [
    {
        "order": 1,
        "name": "Opt out",
        "match": MatchMode.EXACT,
        "keywords": _lines(STOP_WORDS),
        "reply": "You will get no more automatic messages from us. Write START if you want them"
        " again. Our team can still answer you here.",
        "opt_out": "stop",
    },
    {
        "order": 2,
        "name": "Opt in again",
        "match": MatchMode.EXACT,
        "keywords": _lines(START_WORDS),
        "reply": "Welcome back! Our assistant answers you again. Write STOP at any time to end"
        " that.",
        "opt_out": "start",
    },
]


MISSING = "Customers cannot opt out of automatic messages by writing STOP."


def is_missing(rules: Iterable[ResponseRule]) -> bool:
    """Tell whether customers cannot opt out by these rules."""
    return not any(rule.opt_out == ResponseRule.OptOut.STOP for rule in rules)


@transaction.atomic
def add_rules(*, by: str) -> list[ResponseRule]:
    """Add those of the two rules that the shop does not have, also switched off; return them."""
    added = []
    for values in RULES:
        if ResponseRule.objects.filter(opt_out=values["opt_out"]).exists():
            continue
        rule = ResponseRule.objects.create(**values | {"name": _free_name(values["name"])})
        history.write(rule.pk, None, to_record(rule), by=by, what=What.CREATED)
        added.append(rule)
    return added


def _free_name(name: str) -> str:
    taken = set(ResponseRule.objects.values_list("name", flat=True))
    names = [name, *(f"{name} {number}" for number in range(2, len(taken) + 3))]
    return next(free for free in names if free not in taken)
