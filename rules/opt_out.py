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
        "stop texting me", "stop bot", "stop the bot", "unsubscribe", "unsubscribe me",
        "unsub", "un-subscribe", "opt-out", "opt me out", "remove me", "quit",
        "cancel subscription", "cancel my subscription", "cancel the subscription",
        "end subscription", "stop subscription", "stop sending me messages", "stop sending",
        "stop sending me", "stop messaging", "stop the messages", "stop these messages",
        "stop all messages", "stop spam", "stop spamming", "stop spamming me", "stop texting",
        "stop replying", "stop contacting me", "stop writing me", "stop writing to me",
        "stop automatic messages", "stop now", "just stop", "no more messages",
        "no automatic messages", "don't message me", "don't message me again",
        "do not message me", "don't text me", "do not text me", "don't contact me",
        "do not contact me", "don't write to me", "do not write to me",
        "don't send me messages", "do not send me messages", "don't send messages",
        "do not send messages", "don't send me any more messages", "take me off",
        "take me off your list", "take me off the list", "remove me from the list",
        "remove me from your list", "unsubscribe all", "i want to unsubscribe",
        "i want to opt out", "opt out of messages", "turn off messages", "turn off bot",
        "turn off the bot", "bot off",
    ),
    "Spanish": (
        "baja", "darme de baja", "dar de baja", "darse de baja", "parar", "detener",
        "cancelar suscripción", "cancelar la suscripción", "anular suscripción", "desuscribir",
        "desuscribirme", "no más mensajes", "detente", "deténgase", "deténganse", "detén",
        "detenga", "cancelar mi suscripción", "cancela la suscripción",
        "cancela mi suscripción", "cancele mi suscripción", "cancelen mi suscripción",
        "anular la suscripción", "anular mi suscripción", "dame de baja", "deme de baja",
        "denme de baja", "quiero darme de baja", "me doy de baja", "desuscríbeme",
        "desuscríbanme", "no me escribas", "no me escribas más", "no me escriba",
        "no me escriba más", "no me escriban", "no me escriban más", "no enviar más mensajes",
        "no me envíes más mensajes", "no me envíe más mensajes", "no me envíen más mensajes",
        "no me envíes mensajes", "no me envíen mensajes", "no me mandes mensajes",
        "no me mandes más mensajes", "no me manden mensajes", "no me manden más mensajes",
        "no quiero mensajes", "no quiero más mensajes", "no quiero recibir mensajes",
        "no quiero recibir más mensajes", "deja de escribirme", "deje de escribirme",
        "dejen de escribirme", "deja de enviarme mensajes", "deje de enviarme mensajes",
        "dejen de enviarme mensajes", "deja de enviar mensajes", "dejen de enviar mensajes",
        "deja de mandarme mensajes", "dejen de mandarme mensajes", "parar mensajes",
        "stop mensajes",
    ),
    "Portuguese": (
        "parar", "sair", "cancelar inscrição", "cancelar a inscrição", "cancelar subscrição",
        "cancelar assinatura", "descadastrar", "remover", "cancelar minha inscrição",
        "cancelar minha assinatura", "cancelar a assinatura", "cancele a assinatura",
        "cancele minha inscrição", "pare de enviar mensagens", "parem de enviar mensagens",
        "pare de me enviar mensagens", "parem de me enviar mensagens",
        "pare de mandar mensagens", "parem de mandar mensagens", "para de mandar mensagem",
        "para de me mandar mensagem", "pare de me mandar mensagem", "não quero mensagens",
        "não quero mais mensagens", "não quero receber mensagens",
        "não quero mais receber mensagens", "não me envie mensagens",
        "não me envie mais mensagens", "não me enviem mais mensagens",
        "não envie mais mensagens", "não me mande mensagem", "não me mande mais mensagens",
        "não me mandem mais mensagens", "não enviar mais", "não me escreva mais",
        "sair da lista", "me tira da lista", "me tire da lista", "me descadastre",
        "me descadastra", "descadastre-me", "remova-me", "me remova", "me remove",
        "chega de mensagens",
    ),
    "French": (
        "arrêt", "arrêter", "arrêtez", "désabonner", "me désabonner", "désabonnement",
        "désinscrire", "me désinscrire", "désinscription", "désabonne-moi", "arrête",
        "arrête ça", "arrêtez ça", "arrête de m'écrire", "arrêtez de m'écrire",
        "arrête de m'envoyer des messages", "arrêtez de m'envoyer des messages",
        "arrête les messages", "arrêtez les messages", "arrêter les messages",
        "désabonnez-moi", "désinscris-moi", "désinscrivez-moi", "je me désabonne",
        "je veux me désabonner", "je souhaite me désabonner", "se désabonner",
        "se désinscrire", "annuler l'abonnement", "annuler mon abonnement",
        "annule mon abonnement", "annulez mon abonnement", "plus de messages",
        "pas de messages", "ne m'envoie plus de messages", "ne m'envoyez plus de messages",
        "ne m'écris plus", "ne m'écrivez plus", "ne plus recevoir de messages",
        "stop aux messages",
    ),
    "German": (
        "stopp", "abmelden", "abmeldung", "abbestellen", "austragen", "keine nachrichten",
        "stoppe", "stoppt", "stoppen sie", "aufhören", "hör auf", "hört auf", "hören sie auf",
        "hör auf zu schreiben", "hört auf zu schreiben", "hören sie auf zu schreiben",
        "hör auf mir zu schreiben", "hören sie auf mir zu schreiben", "mich abmelden",
        "melde mich ab", "meld mich ab", "ich melde mich ab", "meldet mich ab",
        "melden sie mich ab", "trag mich aus", "tragt mich aus", "tragen sie mich aus",
        "nachrichten abbestellen", "nachrichten stoppen", "stopp nachrichten",
        "newsletter abbestellen", "abo abbestellen", "keine nachrichten mehr",
        "keine weiteren nachrichten", "ich will keine nachrichten",
        "ich will keine nachrichten mehr", "ich möchte keine nachrichten",
        "ich möchte keine nachrichten mehr", "schreib mir nicht mehr",
        "schreibt mir nicht mehr", "schreiben sie mir nicht mehr", "nicht mehr schreiben",
        "schick mir keine nachrichten mehr", "schickt mir keine nachrichten mehr",
        "schicken sie mir keine nachrichten mehr", "bot aus", "bot stopp",
    ),
    "Italian": (
        "ferma", "fermati", "fermare", "disiscriviti", "disiscrivimi", "disiscrizione",
        "annulla iscrizione", "cancellami", "annulla l'iscrizione", "fermatevi", "si fermi",
        "fermate", "smetti", "smettila", "smetta", "smettete", "smettetela",
        "smetti di scrivermi", "smettete di scrivermi", "smetta di scrivermi",
        "smetti di mandarmi messaggi", "smettete di mandarmi messaggi", "basta messaggi",
        "stop messaggi", "non voglio messaggi", "non voglio più messaggi",
        "non voglio ricevere messaggi", "non mandarmi più messaggi",
        "non mandatemi più messaggi", "non mi mandi più messaggi", "non scrivermi",
        "non scrivermi più", "non scrivetemi", "non scrivetemi più", "non mi scriva più",
        "annulla abbonamento", "annulla la mia iscrizione", "annullare iscrizione",
        "annullare l'iscrizione", "annullate l'iscrizione", "cancella iscrizione",
        "cancella l'iscrizione", "cancella la mia iscrizione", "disiscrivi", "disiscrivere",
        "disiscrivetemi", "disiscrivermi", "cancellatemi", "mi cancelli", "rimuovimi",
        "rimuovetemi",
    ),
    "Catalan": (
        "atura", "aturar", "donar de baixa", "atura't", "atureu", "atureu-vos", "aturi",
        "dona'm de baixa", "doneu-me de baixa", "em dono de baixa", "cancel·la la subscripció",
        "cancel·lar subscripció", "cancel·lar la subscripció", "no més missatges",
        "no m'escriguis més", "no m'escriviu més", "deixa d'escriure'm", "deixeu d'escriure'm",
    ),
    "Dutch": (
        "afmelden", "uitschrijven", "stoppen", "afmelding", "hou op", "houd op", "houdt u op",
        "stop ermee", "stop met berichten", "stop met sturen", "stop met berichten sturen",
        "stop met mij berichten sturen", "stop berichten", "stop de berichten", "stopt u",
        "meld me af", "meld mij af", "meldt u mij af", "ik meld me af", "schrijf me uit",
        "schrijf mij uit", "schrijft u mij uit", "stopzetten", "abonnement opzeggen",
        "abonnement stopzetten", "abonnement annuleren", "geen berichten",
        "geen berichten meer", "ik wil geen berichten", "ik wil geen berichten meer",
        "stuur me geen berichten meer", "stuur mij geen berichten meer",
        "stuur geen berichten meer",
    ),
    "Swedish, Norwegian, Danish": (
        "avregistrera", "avsluta prenumeration", "avprenumerera", "sluta", "avmeld", "meld av",
        "afmeld", "stop beskeder", "slutt", "stoppa", "stoppe", "avregistrera mig",
        "avprenumerera mig", "avsluta prenumerationen", "avsluta min prenumeration",
        "inga meddelanden", "inga fler meddelanden", "stoppa meddelanden", "sluta skriva",
        "sluta skicka", "sluta skicka meddelanden", "skicka inga fler meddelanden",
        "meld meg av", "avmeld meg", "avmelding", "avslutt abonnement", "avslutt abonnementet",
        "stopp meldinger", "ingen meldinger", "ingen flere meldinger", "slutt å skrive",
        "slutt å sende meldinger", "ikke send flere meldinger", "afmeld mig", "meld mig fra",
        "frameld", "frameld mig", "afmelding", "opsig abonnement", "ingen beskeder",
        "ikke flere beskeder", "stop med at skrive", "stop med at sende beskeder",
        "send ikke flere beskeder",
    ),
    "Finnish, Estonian": (
        "lopeta", "peru tilaus", "peruuta tilaus", "lõpeta", "loobu", "lopettakaa", "lopettaa",
        "pysäytä", "pysäyttäkää", "poista minut", "poistakaa minut", "poista minut listalta",
        "poistakaa minut listalta", "ei viestejä", "ei enää viestejä", "älä lähetä viestejä",
        "älkää lähettäkö viestejä", "älä kirjoita", "älkää kirjoittako", "lopeta viestit",
        "lopettakaa viestit", "lõpetage", "peata", "peatage", "loobun", "ära saada sõnumeid",
        "ärge saatke sõnumeid", "ära kirjuta", "ärge kirjutage",
    ),
    "Polish": (
        "wypisz", "wypisz mnie", "wypisuję się", "rezygnuję", "zatrzymaj", "stop wiadomości",
        "wypiszcie mnie", "wypisać", "wypisać się", "chcę się wypisać", "wypisz się",
        "przestań", "przestańcie", "przestać", "proszę przestać", "przestań pisać",
        "przestańcie pisać", "przestań wysyłać wiadomości", "przestańcie wysyłać wiadomości",
        "zatrzymajcie", "zatrzymać", "anuluj subskrypcję", "anulujcie subskrypcję",
        "anulować subskrypcję", "nie chcę wiadomości", "nie chcę więcej wiadomości",
        "nie wysyłaj wiadomości", "nie wysyłajcie wiadomości", "nie wysyłaj mi wiadomości",
        "nie wysyłajcie mi wiadomości", "nie pisz", "nie piszcie", "nie pisz do mnie",
        "nie piszcie do mnie", "koniec wiadomości",
    ),
    "Czech, Slovak": (
        "odhlásit", "odhlásit odběr", "zastavit", "odhlásiť", "odhlásiť odber", "odhlas mě",
        "odhlaste mě", "odhlás ma", "odhláste ma", "odhlaste", "odhlašuji se", "odhlásit se",
        "odhlásiť sa", "odhlášení", "zastav", "zastavte", "zastaviť", "přestaň", "přestaňte",
        "přestat", "prestaň", "prestaňte", "přestaň psát", "přestaňte psát",
        "přestaňte mi psát", "prestaňte písať", "prestaňte mi písať", "zrušit odběr",
        "zruš odběr", "zrušte odběr", "zrušiť odber", "zruš odber", "zrušte odber", "nepiš mi",
        "nepište mi", "nepíš mi", "nepíšte mi", "neposílej mi zprávy", "neposílejte mi zprávy",
        "neposielajte mi správy", "nechci zprávy", "nechci žádné zprávy", "nechcem správy",
        "žádné zprávy", "už žádné zprávy", "žiadne správy",
    ),
    "Hungarian": (
        "leiratkozás", "leiratkozom", "állj", "lemondás", "leiratkozni", "le akarok iratkozni",
        "iratkoztass le", "iratkoztassanak le", "állj le", "álljon le", "álljatok le",
        "álljon meg", "hagyd abba", "hagyja abba", "hagyjátok abba", "hagyják abba", "ne írj",
        "ne írjon", "ne írjatok", "ne írjanak", "ne írj többet", "ne írjanak többet",
        "ne küldj üzenetet", "ne küldj több üzenetet", "ne küldjön több üzenetet",
        "ne küldjetek több üzenetet", "ne küldjenek több üzenetet", "nem kérek üzenetet",
        "nem kérek több üzenetet", "feliratkozás törlése",
    ),
    "Romanian": (
        "dezabonare", "dezabonează-mă", "opreste", "oprește", "opriți", "oprește-te",
        "opriți-vă", "opreşte", "opriţi", "oprește mesajele", "opriți mesajele", "stop mesaje",
        "dezabonați-mă", "mă dezabonez", "vreau să mă dezabonez", "anulare abonament",
        "anulează abonamentul", "anulați abonamentul", "nu mai trimite mesaje",
        "nu mai trimiteți mesaje", "nu-mi mai trimite mesaje", "nu-mi mai trimiteți mesaje",
        "nu-mi mai scrie", "nu-mi mai scrieți", "nu îmi mai scrie", "nu îmi mai scrieți",
        "nu mai vreau mesaje", "nu vreau mesaje", "încetează", "încetați",
    ),
    "Serbian, Croatian, Slovene": (
        "odjava", "odjavi me", "prestani", "zaustavi", "одјава", "престани", "odjavi",
        "prestanite", "zaustavite", "zaustavi poruke", "zaustavite poruke", "stani", "stanite",
        "odjavite me", "odjavljujem se", "odjaviti", "otkaži pretplatu", "otkažite pretplatu",
        "otkazati pretplatu", "ne šalji poruke", "ne šaljite poruke", "ne šalji mi poruke",
        "ne šaljite mi poruke", "ne piši mi", "ne pišite mi", "nemoj mi pisati",
        "nemojte mi pisati", "ne želim poruke", "ustavi", "ustavite", "odjavite", "odjavi se",
        "prenehaj", "prenehajte", "prekliči naročnino", "prekličite naročnino",
        "ne pošiljajte sporočil", "престаните", "заустави", "зауставите", "стани", "станите",
        "одјави ме", "одјавите ме", "откажи претплату", "откажите претплату",
        "не шаљите поруке", "не шаљите ми поруке", "не пишите ми",
    ),
    "Bulgarian": (
        "стоп", "отписване", "отпиши ме", "спри", "спрете", "отпиши", "отпишете",
        "отпишете ме", "отпиши се", "отписвам се", "искам да се отпиша", "откажи абонамента",
        "откажете абонамента", "спри съобщенията", "спрете съобщенията", "без съобщения",
        "не ми пиши", "не ми пишете", "не ми пращай съобщения", "не ми пращайте съобщения",
        "не пращайте съобщения", "не изпращайте съобщения", "не искам съобщения", "запри",
        "запрете", "откажи претплата",
    ),
    "Russian": (
        "стоп", "отписаться", "отпишите", "отпишите меня", "отписка", "отпишись",
        "отпиши меня", "прекратить", "прекратите", "остановить", "останови", "остановите",
        "остановись", "остановитесь", "прекрати", "прекрати писать", "прекратите писать",
        "перестань", "перестаньте", "перестань писать", "перестаньте писать", "хватит писать",
        "хватит сообщений", "не пиши", "не пишите", "не пиши мне", "не пишите мне",
        "не пиши больше", "не пишите больше", "не пишите мне больше", "больше не пиши",
        "больше не пишите", "больше не пишите мне", "не присылай", "не присылайте",
        "не присылай сообщения", "не присылайте сообщения", "не присылайте мне сообщения",
        "не отправляй сообщения", "не отправляйте сообщения", "не надо сообщений",
        "не хочу сообщений", "без сообщений", "отменить подписку", "отмена подписки",
        "отмени подписку", "отмените подписку", "отказаться от подписки",
        "отказаться от рассылки", "отписаться от рассылки", "отпишите от рассылки",
        "отпишите меня от рассылки", "отписываюсь", "хочу отписаться", "отключи бота",
        "отключите бота", "отключить бота", "выключи бота", "выключите бота", "выключить бота",
        "останови бота", "остановите бота", "стоп бот", "стоп сообщения", "стоп рассылка",
        "не беспокоить", "не беспокой", "не беспокойте", "уберите меня из рассылки",
    ),
    "Ukrainian": (
        "стоп", "відписатися", "відписатись", "відпишіть мене", "відписка", "зупинити",
        "зупини", "зупиніть", "зупинись", "зупиніться", "припини", "припиніть", "припинити",
        "припини писати", "припиніть писати", "перестань", "перестаньте", "перестань писати",
        "перестаньте писати", "відпиши", "відпишіть", "відпиши мене", "відписуюсь",
        "відписуюся", "хочу відписатися", "хочу відписатись", "не пиши", "не пишіть",
        "не пиши мені", "не пишіть мені", "більше не пиши", "більше не пишіть",
        "більше не пишіть мені", "не надсилай", "не надсилайте", "не надсилай повідомлення",
        "не надсилайте повідомлення", "не надсилайте мені повідомлення", "не хочу повідомлень",
        "скасувати підписку", "скасуй підписку", "скасуйте підписку", "вимкни бота",
        "вимкніть бота", "вимкнути бота", "стоп бот", "не турбуйте", "не турбувати",
    ),
    "Belarusian": (
        "адпісацца", "спыніць", "спыні", "спыніце", "спыніся", "спыніцеся", "не пішы",
        "не пішыце", "не пішыце мне", "адпішы мяне", "адпішыце мяне", "скасаваць падпіску",
    ),
    "Kazakh": (
        "тоқта", "тоқтату", "жазылымнан бас тарту", "тоқтаңыз", "тоқтат", "тоқтатыңыз",
        "тоқтатыңызшы", "хабарлама жіберме", "хабарлама жібермеңіз", "жазбаңыз",
        "жазылудан бас тарту", "жазылымды тоқтату",
    ),
    "Turkish": (
        "dur", "durdur", "abonelikten çık", "aboneliği iptal et", "çık", "mesaj istemiyorum",
        "durun", "durunuz", "durdurun", "durdurunuz", "durdurur musun", "durdurur musunuz",
        "mesajları durdur", "mesajları durdurun", "abonelikten çıkar", "abonelikten çıkarın",
        "abonelikten çıkmak istiyorum", "aboneliği iptal edin", "aboneliğimi iptal et",
        "aboneliğimi iptal edin", "abonelik iptal", "abonelik iptali", "mesaj atma",
        "mesaj atmayın", "bana mesaj atma", "bana mesaj atmayın", "artık mesaj atma",
        "artık mesaj atmayın", "mesaj gönderme", "mesaj göndermeyin", "bana mesaj göndermeyin",
        "bana yazma", "bana yazmayın", "yazmayın", "beni listeden çıkar",
        "beni listeden çıkarın", "listeden çıkar",
    ),
    "Azerbaijani": (
        "dayan", "dayandır", "abunəliyi ləğv et", "abunəlikdən çıx", "dayanın", "dayandırın",
        "abunəliyi ləğv edin", "mesaj göndərmə", "mesaj göndərməyin", "mənə mesaj göndərməyin",
        "mənə yazma", "mənə yazmayın", "yazmayın",
    ),
    "Uzbek": (
        "to'xta", "to'xtatish", "obunani bekor qilish", "to'xtang", "to'xtating",
        "obunani bekor qiling", "xabar yubormang", "menga yozmang", "yozmang", "тўхта",
        "тўхтанг", "тўхтатинг",
    ),
    "Greek": (
        "στοπ", "διακοπή", "σταμάτα", "κατάργηση εγγραφής", "διαγραφή", "σταματήστε",
        "σταμάτησε", "σταμάτα να μου γράφεις", "σταματήστε να μου γράφετε",
        "σταματήστε να στέλνετε μηνύματα", "διέκοψε", "διακόψτε", "διέγραψέ με",
        "διαγράψτε με", "διαγραφή μου", "απεγγραφή", "ακύρωση συνδρομής", "ακύρωση εγγραφής",
        "μη στέλνετε μηνύματα", "μη μου στέλνετε μηνύματα", "μην μου στέλνετε μηνύματα",
        "μη μου γράφεις", "μη μου γράφετε", "όχι άλλα μηνύματα", "δεν θέλω μηνύματα",
    ),
    "Georgian, Armenian": (
        "გაჩერდი", "შეწყვეტა", "გამოწერის გაუქმება", "կանգ", "դադարեցնել", "სტოპ", "გაჩერდით",
        "შეაჩერე", "შეაჩერეთ", "შეწყვიტე", "შეწყვიტეთ", "გააუქმე გამოწერა",
        "გააუქმეთ გამოწერა", "აღარ მომწერო", "აღარ მომწეროთ", "ստոպ", "կանգնիր", "կանգնեք",
        "դադարեցրու", "դադարեցրեք", "դադարիր", "դադարեք", "մի գրիր", "մի գրեք",
        "չեղարկել բաժանորդագրությունը",
    ),
    "Arabic": (
        "توقف", "إيقاف", "ايقاف", "أوقف", "قف", "ستوب", "إلغاء الاشتراك", "الغاء الاشتراك",
        "الغاء اشتراك", "لا ترسل", "توقفي", "توقفوا", "أوقفي", "أوقفوا", "اوقف", "اوقفي",
        "اوقفوا", "وقف", "وقفي", "وقفوا", "قفوا", "أوقف الرسائل", "اوقف الرسائل",
        "أوقفوا الرسائل", "اوقفوا الرسائل", "وقف الرسائل", "وقفوا الرسائل", "إيقاف الرسائل",
        "ايقاف الرسائل", "إلغاء اشتراك", "إلغاء اشتراكي", "الغاء اشتراكي", "ألغ الاشتراك",
        "ألغ اشتراكي", "ألغي الاشتراك", "الغي الاشتراك", "ألغي اشتراكي", "الغي اشتراكي",
        "ألغوا الاشتراك", "ألغوا اشتراكي", "لا ترسلي", "لا ترسلوا", "لا ترسل لي",
        "لا ترسلي لي", "لا ترسلوا لي", "لا ترسل رسائل", "لا ترسلوا رسائل", "لا ترسل لي رسائل",
        "لا ترسلي لي رسائل", "لا ترسلوا لي رسائل", "لا تراسلني", "لا تراسلوني", "لا تكتب لي",
        "لا تكتبوا لي", "بطل ترسل", "بطلوا ترسلوا", "لا أريد رسائل", "لا اريد رسائل",
        "ما أريد رسائل", "ما ابي رسائل", "كفى رسائل",
    ),
    "Persian": (
        "توقف", "ایست", "لغو اشتراک", "لغو عضویت", "لغو", "لغو ۱۱", "لغو۱۱", "لغو کن",
        "لغو کنید", "لغو شود", "متوقف کن", "متوقف کنید", "توقف کن", "توقف کنید", "قطع کن",
        "قطع کنید", "بس کن", "بس کنید", "استاپ", "نفرست", "نفرستید", "پیام نده", "پیام ندید",
        "پیام ندهید", "پیام نفرست", "پیام نفرستید", "دیگه پیام نده", "دیگه پیام ندید",
        "دیگر پیام ندهید", "لغو اشتراکم", "لغو عضویتم", "اشتراک را لغو کنید",
    ),
    "Urdu, Hindi": (
        "بند کریں", "روکیں", "रोकें", "रोको", "बंद करो", "बंद करें", "स्टॉप", "सदस्यता समाप्त",
        "بند کرو", "بند کر دو", "بند کر دیں", "بند کردیں", "روکو", "روک دو", "روک دیں", "سٹاپ",
        "اسٹاپ", "میسج مت کرو", "میسج نہ کریں", "میسج مت کریں", "پیغام نہ بھیجیں", "बंद कीजिए",
        "बंद कर दो", "बंद कर दीजिए", "बंद कर दें", "बन्द करो", "बन्द करें", "रोकिए", "रोक दो",
        "रोक दीजिए", "रोक दें", "मैसेज बंद करो", "मैसेज बंद करें", "मैसेज मत करो",
        "मैसेज मत भेजो", "मैसेज न भेजें", "मैसेज मत भेजिए", "मत भेजो", "मत भेजिए",
        "संदेश बंद करें", "संदेश न भेजें", "सदस्यता समाप्त करें", "सदस्यता रद्द करें",
        "अनसब्सक्राइब", "band karo", "band kro", "band karein", "band kar do", "band kijiye",
        "roko", "message mat karo", "msg mat karo", "message mat bhejo", "msg mat bhejo",
        "mat bhejo",
    ),
    "Hebrew": (
        "עצור", "עצרו", "הפסק", "הפסיקו", "סטופ", "הסר", "הסרה", "הסירו אותי", "להסרה", "עצרי",
        "תעצור", "תעצרי", "תעצרו", "לעצור", "תפסיק", "תפסיקי", "תפסיקו", "הפסיקי", "להפסיק",
        "תפסיק לשלוח", "תפסיקי לשלוח", "תפסיקו לשלוח", "תפסיק לשלוח הודעות",
        "תפסיקו לשלוח הודעות", "תפסיק לשלוח לי הודעות", "תפסיקו לשלוח לי הודעות",
        "להפסיק לשלוח", "להפסיק לשלוח הודעות", "הפסיקו לשלוח", "הפסיקו לשלוח הודעות",
        "אל תשלח", "אל תשלחי", "אל תשלחו", "אל תשלח הודעות", "אל תשלחו הודעות",
        "אל תשלח לי הודעות", "אל תשלחו לי הודעות", "לא לשלוח", "לא לשלוח הודעות", "הסירו",
        "הסירי", "הסר אותי", "הסירי אותי", "תסיר אותי", "תסירי אותי", "תסירו אותי", "להסיר",
        "להסיר אותי", "ביטול מנוי", "בטל מנוי", "בטלו מנוי", "לבטל מנוי", "ביטול הרשמה",
        "בטל הרשמה", "בטלו הרשמה", "לבטל הרשמה",
    ),
    "Chinese": (
        "停止", "停", "退订", "退訂", "取消订阅", "取消訂閱", "不要再发了", "停止发送", "停下",
        "停下来", "停下來", "停止發送",
        "停止发送消息", "停止发消息", "停止發訊息", "停止訊息", "停止机器人", "停止機器人",
        "关闭机器人", "關閉機器人", "不要发了", "不要發了",
        "不要再发", "不要再發", "不要再發了", "不要再发消息", "不要再发消息了", "不要再发信息",
        "不要再發訊息", "不要再發訊息了", "不要给我发消息",
        "不要给我发消息了", "别发了", "別發了", "别再发了", "別再發了", "别再发消息",
        "别再发消息了", "別再發訊息", "別再發訊息了", "拒收",
        "我要退订", "我要退訂", "解除订阅", "解除訂閱",
    ),
    "Japanese": (
        "停止", "配信停止", "ストップ", "解除", "登録解除", "購読解除", "停止する", "止めて",
        "止めろ", "やめて", "やめろ", "止まれ",
        "もうやめて", "ストップして", "送らないで", "もう送らないで", "送信停止", "送信しないで",
        "メッセージ停止", "メッセージを停止",
        "メッセージを止めて", "メッセージをやめて", "メッセージを送らないで",
        "メッセージはいりません", "配信を停止", "配信を止めて", "配信をやめて",
        "登録を解除", "購読を解除", "購読停止", "退会", "退会したい", "退会します", "受信拒否",
    ),
    "Korean": (
        "중지", "그만", "수신거부", "수신 거부", "정지", "구독 취소", "구독취소", "스톱", "스탑",
        "중단", "멈춰", "멈춰줘",
        "멈추세요", "멈춰주세요", "멈춰 주세요", "그만해", "그만하세요", "그만두세요",
        "그만 보내", "그만보내", "그만 보내세요",
        "그만 보내주세요", "그만 보내 주세요", "보내지 마", "보내지마", "보내지 마세요",
        "보내지마세요", "메시지 보내지 마",
        "메시지 보내지 마세요", "메세지 보내지 마세요", "메시지 그만", "메시지 그만 보내세요",
        "메시지 중지", "메시지 중단", "연락하지 마세요",
        "구독 해지", "구독해지", "구독 중지", "수신 중지", "수신중지", "알림 중지",
    ),
    "Thai": (
        "หยุด", "เลิกรับข้อความ", "ยกเลิกการรับข้อความ", "ยกเลิกการติดตาม", "หยุดส่ง",
        "หยุดส่งข้อความ", "หยุดส่งข้อความมา", "หยุดบอท", "ปิดบอท", "เลิกส่ง", "เลิกส่งข้อความ",
        "เลิกส่งข้อความมา", "อย่าส่ง", "อย่าส่งมา", "อย่าส่งมาอีก", "อย่าส่งข้อความ",
        "อย่าส่งข้อความมา", "อย่าส่งข้อความมาอีก", "ไม่ต้องส่ง", "ไม่ต้องส่งมา",
        "ไม่ต้องส่งมาแล้ว", "ไม่ต้องส่งข้อความ", "ไม่ต้องส่งข้อความมา", "ไม่รับข้อความ",
        "ไม่ต้องการรับข้อความ", "ไม่อยากรับข้อความ", "ยกเลิกสมาชิก", "ยกเลิกรับข้อความ",
        "ยกเลิกข้อความ", "สต็อป", "สตอป", "ขอยกเลิกการรับข้อความ",
    ),
    "Vietnamese": (
        "dừng", "dừng lại", "ngừng", "hủy đăng ký", "huỷ đăng ký", "ngưng", "ngưng lại",
        "ngừng lại", "ngừng nhắn", "ngừng nhắn tin", "ngưng nhắn tin", "dừng nhắn tin",
        "dừng gửi tin", "dừng gửi tin nhắn", "ngừng gửi tin nhắn", "ngưng gửi tin nhắn",
        "đừng nhắn nữa", "đừng nhắn tin", "đừng nhắn tin nữa", "đừng nhắn tin cho tôi nữa",
        "đừng gửi nữa", "đừng gửi tin nhắn", "đừng gửi tin nhắn nữa", "không nhận tin nhắn",
        "không muốn nhận tin nhắn", "tôi không muốn nhận tin nhắn", "từ chối nhận tin",
        "hủy nhận tin", "hủy theo dõi", "dừng bot", "tắt bot",
    ),
    "Indonesian, Malay": (
        "berhenti", "berhenti berlangganan", "henti", "hentikan", "berhentilah", "hentikanlah",
        "berhenti kirim pesan", "berhenti mengirim pesan", "berhenti mengirimi saya pesan",
        "berhenti langganan", "berhenti chat", "hentikan pesan", "hentikan mesej",
        "stop kirim pesan", "stop pesan", "stop chat", "stop chat saya", "stop langganan",
        "jangan kirim pesan", "jangan kirim pesan lagi", "jangan kirimi saya pesan",
        "jangan kirimi saya pesan lagi", "jangan chat", "jangan chat lagi", "jangan chat saya",
        "jangan chat saya lagi", "jangan hubungi saya", "jangan hubungi saya lagi",
        "batal langganan", "batalkan langganan", "henti hantar mesej", "berhenti hantar mesej",
        "stop hantar mesej", "jangan hantar mesej", "jangan hantar mesej lagi",
        "jangan mesej saya", "tak nak mesej",
    ),
    "Filipino, Swahili": (
        "itigil", "tigil", "simama", "itigil mo", "itigil nyo", "itigil niyo", "itigil ninyo",
        "tumigil", "tumigil ka", "tumigil kayo", "tigilan mo", "tigilan nyo",
        "huwag na mag-message", "wag na mag-message", "wag na mag message",
        "huwag nang mag-message", "wag nang mag-message", "acheni", "simamisha", "sitisha",
        "komesha", "jiondoe", "jitoe", "niondoe", "acha kutuma", "acheni kutuma",
        "acha kutuma ujumbe", "usitume", "msitume", "usitume ujumbe", "usinitumie ujumbe",
    ),
    "Bengali, Marathi, Gujarati, Punjabi, Tamil, Telugu": (
        "বন্ধ কর", "বন্ধ করো", "বন্ধ করুন", "থামো", "থামুন", "স্টপ", "আনসাবস্ক্রাইব",
        "মেসেজ দিবেন না", "মেসেজ পাঠাবেন না", "बंद करा", "थांबवा", "બંધ કરો", "રોકો",
        "ਬੰਦ ਕਰੋ", "ਰੋਕੋ", "நிறுத்து", "நிறுத்துங்கள்", "நிறுத்தவும்", "ஸ்டாப்", "ఆపు",
        "ఆపండి", "స్టాప్",
    ),
    "Latvian, Lithuanian, Albanian": (
        "apturi", "apturiet", "apturēt", "atrakstīties", "atrakstiet mani", "beidziet",
        "beidziet rakstīt", "nerakstiet man", "nesūtiet ziņas", "sustabdyk", "sustabdykite",
        "sustabdyti", "stabdyti", "sustokite", "atsisakau", "atsisakyti",
        "atsisakyti prenumeratos", "nerašykite man", "nesiųskite žinučių",
        "nebesiųskite žinučių", "ndalo", "ndaloni", "ndale", "çregjistrohu", "çabonohu",
        "mos më shkruaj", "mos më shkruani", "mos dërgo mesazhe", "mos dërgoni mesazhe",
    ),
}  # fmt: skip
# What a whole message says for "write to me again"; only asked where a customer has opted out.
START_WORDS = {
    "every language": ("start", "unstop", "▶️"),
    "English": (
        "subscribe", "resubscribe", "opt-in", "resume", "restart", "continue", "start again",
        "begin", "opt me in", "subscribe me", "turn on bot", "turn on the bot", "bot on",
    ),
    "Spanish, Portuguese, Catalan": (
        "alta", "iniciar", "inicio", "empezar", "comenzar", "suscribir", "suscribirme",
        "começar", "assinar", "inscrever", "reanudar", "volver", "voltar", "començar",
        "inicia", "inicie", "inicien", "empieza", "empiece", "empiecen", "comienza",
        "comience", "comiencen", "reanuda", "reanude", "suscríbeme", "suscríbanme",
        "continuar", "continúa", "continúe", "comece", "começa", "recomeçar", "retomar",
        "inscreva-me", "me inscreva", "comença", "comenceu", "continua",
    ),
    "French": (
        "démarrer", "commencer", "reprendre", "s'abonner", "m'abonner", "abonner", "démarre",
        "démarrez", "commence", "commencez", "recommencer", "recommence", "recommencez",
        "reprends", "reprenez", "continuer", "continuez", "abonne-moi", "abonnez-moi",
        "je m'abonne",
    ),
    "German, Dutch": (
        "starten", "anmelden", "weiter", "abonnieren", "aanmelden", "hervatten", "starte",
        "startet", "starten sie", "neu starten", "neustart", "weitermachen", "mach weiter",
        "macht weiter", "machen sie weiter", "fortsetzen", "melde mich an",
        "melden sie mich an", "anmeldung", "hervat", "ga door", "doorgaan", "begin opnieuw",
        "beginnen", "schrijf me in", "schrijf mij in", "meld me aan", "meld mij aan",
    ),
    "Italian": (
        "inizia", "iniziare", "avvia", "iscriviti", "iscrivimi", "riprendi", "avviare",
        "avviate", "iniziate", "inizi", "ricomincia", "ricominciare", "ricominciate",
        "riprendere", "riprendete", "continua", "continuate", "iscrivetemi", "iscrizione",
    ),
    "Swedish, Norwegian, Danish, Finnish": (
        "starta", "börja", "begynn", "tilmeld", "aloita", "tilaa", "starta om", "börja om",
        "fortsätt", "registrera mig", "prenumerera", "start igjen", "fortsett", "meld meg på",
        "tilmeld mig", "fortsæt", "begynd", "aloittakaa", "jatka", "jatkakaa", "tilatkaa",
        "alusta", "alustage", "jätka", "jätkake",
    ),
    "Polish, Czech, Slovak": (
        "rozpocznij", "zapisz", "wznów", "začít", "začať", "přihlásit", "zacznij",
        "zacznijcie", "zacząć", "zapisz mnie", "zapiszcie mnie", "wznówcie", "wznowić",
        "kontynuuj", "začni", "začněte", "začnite", "pokračuj", "pokračujte", "pokračovat",
        "přihlas mě", "přihlaste mě", "prihlás ma", "prihláste ma",
    ),
    "Hungarian, Romanian": (
        "indul", "kezdés", "feliratkozás", "începe", "abonare", "kezdd", "kezdje",
        "kezdd újra", "indítás", "indítsd", "folytatás", "folytasd", "folytassa",
        "feliratkozom", "începeți", "reia", "reluați", "continuă", "continuați", "abonează-mă",
        "abonați-mă", "mă abonez",
    ),
    "Serbian, Croatian, Bulgarian": (
        "kreni", "počni", "почни", "старт", "започни", "krenite", "počnite", "nastavi",
        "nastavite", "prijavi me", "prijavite me", "začni", "začnite", "почните", "почнете",
        "настави", "наставите", "пријави ме", "започнете", "продължи", "продължете",
        "абонирай ме", "абонирайте ме",
    ),
    "Russian, Ukrainian, Belarusian, Kazakh": (
        "старт", "начать", "подписаться", "продолжить", "почати", "підписатися", "продовжити",
        "пачаць", "баста", "бастау", "жазылу", "начни", "начните", "начинай", "начинайте",
        "начать заново", "начать снова", "возобнови", "возобновите", "возобновить", "продолжи",
        "продолжай", "продолжайте", "подпиши меня", "подпишите меня", "подписка",
        "включи бота", "включите бота", "почни", "почніть", "починай", "починайте",
        "продовжуй", "продовжуйте", "відновити", "відновіть", "підпиши мене", "підпишіть мене",
        "підписка", "увімкни бота", "увімкніть бота", "пачні", "пачніце", "працягвай",
        "бастаңыз", "бастаңызшы", "жалғастыр", "жалғастырыңыз",
    ),
    "Turkish, Azerbaijani": (
        "başla", "başlat", "abone ol", "devam", "abunə ol", "başlayın", "başlatın",
        "yeniden başla", "yeniden başlat", "tekrar başla", "tekrar başlat", "devam et",
        "devam edin", "devam ediniz", "abone olun", "abone olmak istiyorum", "davam",
        "davam et", "davam edin", "boshla", "boshlang", "davom et", "davom eting",
    ),
    "Greek": (
        "έναρξη", "ξεκίνα", "εγγραφή", "ξεκίνησε", "ξεκινήστε", "ξεκινα", "συνέχισε",
        "συνεχίστε", "συνέχεια", "γράψε με", "γράψτε με",
    ),
    "Arabic, Persian, Urdu": (
        "ابدأ", "ابدا", "ستارت", "اشتراك", "شروع", "شروع کریں", "ابدئي", "ابدأوا", "ابدؤوا",
        "ابدوا", "استمر", "استمري", "استمروا", "استئناف", "تابع", "تابعوا", "اشترك", "اشتركني",
        "تفعيل", "شروع کن", "شروع کنید", "ادامه", "ادامه بده", "ادامه بدهید", "شروع کرو",
        "جاری رکھیں",
    ),
    "Hindi, Hebrew": (
        "शुरू", "शुरू करें", "התחל", "התחילו", "הרשמה", "להמשיך", "शुरू करो", "शुरू कीजिए",
        "शुरू कर दो", "फिर से शुरू करें", "चालू करो", "चालू करें", "जारी रखें", "shuru karo",
        "shuru karein", "chalu karo", "התחילי", "תתחיל", "תתחילי", "תתחילו", "להתחיל", "המשך",
        "המשיכו", "תמשיך", "תמשיכי", "תמשיכו", "הירשם", "הרשם",
    ),
    "Chinese, Japanese, Korean": (
        "开始", "開始", "订阅", "訂閱", "再開", "スタート", "시작", "구독", "继续", "繼續",
        "重新开始", "重新開始", "恢复",
        "恢復", "重新订阅", "重新訂閱", "開始する", "開始して", "始めて", "再開する", "再開して",
        "再登録", "登録", "다시 시작",
        "다시시작", "재시작", "재개", "계속", "구독 신청", "수신 동의", "시작하기", "시작해",
    ),
    "Thai, Vietnamese, Indonesian": (
        "เริ่ม", "เริ่มใหม่", "bắt đầu", "đăng ký", "mulai", "mula", "เริ่มอีกครั้ง",
        "เริ่มใหม่อีกครั้ง", "เริ่มต้น", "เริ่มเลย", "สมัคร", "สมัครรับข้อความ", "bắt đầu lại",
        "tiếp tục", "đăng ký lại", "mulai lagi", "mulailah", "lanjut", "lanjutkan", "mulakan",
        "mulakan semula", "sambung", "teruskan", "langganan", "berlangganan", "simulan",
        "ituloy", "anza", "endelea",
    ),
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
