"""Words and signs for units, as customers write them behind a number."""

import unicodedata

import regex

from rules.matching.folding import fold_letters

# Written as they are typed; folded below.
_UNITS = """
    yr yrs yo y.o year years mth mths mo mos month months wk wks week weeks day days hr hrs hour
    hours
    min mins minute minutes sec secs second seconds mm cm km inch inches ft foot feet yd yard
    yards
    kg kgs kilo kilos gr gram grams lb lbs pound pounds oz ounce ounces ml cl liter liters
    litre litres
    pcs pc piece pieces pair pairs person persons people percent m2 m3 sqm mg dl g h
    metre metres meter meters centimetre centimetres centimeter centimeters
    usd dollar dollars eur euro euros gbp chf pln sek nok dkk czk huf ron bgn rub uah kzt
    inr jpy cny
    krw aed sar zł kč kr kn lei leu lv tl din rs rupees rupee pesos peso reais
    jahr jahre jahren monat monate monaten woche wochen tag tage tagen stunde stunden minuten
    gramm stück stk personen werktage werktagen arbeitstage arbeitstagen prozent
    ans année années mois semaine semaines jour jours heure heures personne personnes
    año años mes meses semana semanas día días hora horas minuto minutos persona personas
    ano anos mês dia dias pessoa pessoas
    anno anni mese mesi settimana settimane giorno giorni ora ore minuti persone
    werkdagen jaar jaren maand maanden weken dag dagen uur uren personen
    år måned måneder månad månader uke uker uge uger vecka veckor dager dagar timer timmar
    vuotta kuukautta viikkoa päivää tuntia
    yaş yıl ay hafta gün saat dakika kişi adet lira
    szt lat lata miesiąc miesiące miesięcy tydzień tygodnie tygodni dzień dni godzina
    godziny godzin
    rok roky roků rokov měsíc měsíce měsíců týden týdny týdnů dny hodina hodiny hodin
    ani luni săptămâni zile ore
    év éves évesek hónap hónapos óra nap munkanap darab db
    год года лет месяц месяца месяцев мес неделя недели недель нед день дня дней дн
    час часа часов минута минуты минут мин см мм км кг гр мл шт руб рубль рублей рубля
    летний летняя летние летней х
    рік роки років місяць місяці місяців тиждень тижні тижнів дні днів година години годин
    хвилин хв грн гривень гривні
    година години месеца дни седмици бр лв
    godina godine godinu mjeseca meseci dana sati rubalja
    жас жыл ай апта күн сағат тенге
    χρόνια χρόνων ετών έτη χρονών μήνες μηνών εβδομάδες ημέρες μέρες ώρες
    سنة سنوات سنين عام أعوام شهر شهور أشهر يوم أيام أسبوع أسابيع ساعة ساعات دقيقة دقائق ريال
    درهم دينار جنيه ليرة سم
    كجم كغ كيلو
    سال سالگی ماه روز تومان ریال عدد هفته ساعت سانت کیلو
    שנה שנים חודש חודשים יום ימים שבוע שבועות שעה שעות דקות סמ קג
    साल वर्ष महीने महीना दिन हफ्ते सप्ताह घंटे
    tahun thn bulan bln minggu hari jam menit orang
    tuổi năm tháng tuần ngày giờ
    세 살 년 년생 개월 달 주 일 시간 분 센티 킬로
"""
# Only right behind the number: an "L" that stands alone is a size, and "y" is Spanish for "and".
_LETTERS_BEHIND = "y m w d t l м г л ч"
# In languages that write endings onto a word: its beginning is enough.
_STEMS = """
    세 살 년 개월 달 주 일 시간 분 센티 킬로 영업일 명 개 원
    yaş yıl gün hafta aylık летн месяч недел
"""
# Words that may stand between: "3-4 business days".
_BETWEEN = """
    business working work calendar full рабочих рабочие рабочее календарных робочих робочі
    iş werk ימי أيام hari días dias jours giorni dni lavorativi ouvrés ouvrables hábiles úteis
    calendrier kerja
"""
_BEGIN_WITH = """
    工作日 个工作日 個工作天 岁 歲 年 个月 個月 月 周 週 天 日 小时 小時 分钟 分鐘
    厘米 公分 公斤 元 人
    営業日 歳 才 着 個 ヶ月 か月 ヵ月 カ月 ケ月 時間 分 センチ キロ 円
    บาท ปี ขวบ เดือน สัปดาห์ วัน ชั่วโมง นาที ซม กก
    ס"מ ק"ג
    ປີ ເດືອນ ມື້ ឆ្នាំ ខែ ថ្ងៃ နှစ် လ ရက်
"""


def _fold_all(units: str) -> frozenset[str]:
    return frozenset(fold_letters(unit) for unit in units.split())


_WORDS = _fold_all(_UNITS)
_GLUED = _WORDS | _fold_all(_LETTERS_BEHIND)
_BEGINNINGS = (*_fold_all(_BEGIN_WITH), "%", "°")
_WORD_BEGINNINGS = tuple(_fold_all(_STEMS))
_SKIPPED = _fold_all(_BETWEEN)
_NEXT_WORD = regex.compile(r"(?P<gap>[\s(-]{0,3})(?P<word>\p{Sc}|y\.o\b|m[23]\b|[\p{L}\p{M}]*)")
_WORD_BEFORE = regex.compile(r"(?P<word>\p{Sc}|[\p{L}\p{M}]+)\.?\s?$")
_MONEY = _fold_all("usd gbp rs inr tl rub uah pln chf")  # not EUR, which is also of sizes
CONNECTORS = _fold_all("or and oder und ou et o y e или и або чи veya ve lub")  # of two ranges
_MOST_BETWEEN = 2  # words


def stand_beside(folded: str, start: int, end: int) -> bool:
    """Tell whether a unit follows a range in a folded text, or money stands before it."""
    before = _WORD_BEFORE.search(folded, max(0, start - 6), start)
    if before and (before["word"] in _MONEY or _is_money(before["word"])):
        return True
    return _follows(folded, end)


def _follows(folded: str, end: int) -> bool:
    gap = ""
    for _ in range(_MOST_BETWEEN + 1):
        found = _NEXT_WORD.match(folded, end)
        assert found  # it also matches nothing
        gap, word, end = gap or found["gap"], found["word"], found.end()
        if folded.startswith(_BEGINNINGS, found.start("word")) or _is_money(word):
            return True
        if word in (_WORDS if gap else _GLUED) or word.startswith(_WORD_BEGINNINGS):
            return True
        if word not in _SKIPPED:
            return False
    return False


def _is_money(word: str) -> bool:
    return len(word) == 1 and unicodedata.category(word) == "Sc"
