"""Words and signs for units, as customers write them behind a number."""

import regex

from rules.matching.folding import fold_letters

# Written as they are typed; folded below.
_UNITS = """
    yr yrs yo year years mth mths mo mos month months wk wks week weeks day days hr hrs hour
    hours
    min mins minute minutes sec secs second seconds mm cm km inch inches ft foot feet yd yard
    yards
    kg kgs kilo kilos gr gram grams lb lbs pound pounds oz ounce ounces ml cl liter liters
    litre litres
    pcs pc piece pieces person persons people usd dollar dollars euro euros
    jahr jahre jahren monat monate monaten woche wochen tag tage tagen stunde stunden minuten
    gramm stück personen
    ans année années mois semaine semaines jour jours heure heures personne personnes
    año años mes meses semana semanas día días hora horas minuto minutos persona personas
    ano anos mês dia dias pessoa pessoas
    anno anni mese mesi settimana settimane giorno giorni ora ore minuti persone
    jaar jaren maand maanden weken dag dagen uur uren personen
    år måned måneder månad månader uke uker uge uger vecka veckor dager dagar timer timmar
    vuotta kuukautta viikkoa päivää tuntia
    yaş yıl ay hafta gün saat dakika kişi
    lat lata miesiąc miesiące miesięcy tydzień tygodnie tygodni dzień dni godzina godziny godzin
    rok roky měsíc měsíce měsíců týden týdny týdnů dny hodina hodiny hodin
    ani luni săptămâni zile ore
    év hónap óra
    год года лет месяц месяца месяцев мес неделя недели недель нед день дня дней дн
    час часа часов минута минуты минут мин см мм км кг гр мл шт руб
    рік роки років місяць місяці місяців тиждень тижні тижнів дні днів година години годин
    хвилин хв грн
    години месеца дни седмици
    жас жыл ай апта күн сағат
    χρόνια χρόνων μήνες μηνών εβδομάδες ημέρες μέρες ώρες
    سنة سنوات سنين عام أعوام شهر شهور أشهر يوم أيام أسبوع أسابيع ساعة ساعات دقيقة دقائق سم
    كجم كغ كيلو
    سال ماه روز هفته ساعت سانت کیلو
    שנה שנים חודש חודשים יום ימים שבוע שבועות שעה שעות דקות סמ קג
    साल वर्ष महीने महीना दिन हफ्ते सप्ताह घंटे
    tahun bulan minggu hari jam menit
    tuổi năm tháng tuần ngày giờ
    세 살 년 년생 개월 달 주 일 시간 분 센티 킬로
"""
# Only right behind the number: an "L" that stands alone is a size, and "y" is Spanish for "and".
_LETTERS_BEHIND = "y m w d h t g l м г л ч"
_BEGIN_WITH = """
    岁 歲 年 个月 個月 月 周 週 天 日 小时 小時 分钟 分鐘 厘米 公分 公斤 元 人
    歳 才 ヶ月 か月 ヵ月 カ月 ケ月 時間 分 センチ キロ 円
    ปี ขวบ เดือน สัปดาห์ วัน ชั่วโมง นาที ซม กก
    ס"מ ק"ג
    ປີ ເດືອນ ມື້ ឆ្នាំ ខែ ថ្ងៃ နှစ် လ ရက်
"""


def _fold_all(units: str) -> frozenset[str]:
    return frozenset(fold_letters(unit) for unit in units.split())


_WORDS = _fold_all(_UNITS)
_GLUED = _WORDS | _fold_all(_LETTERS_BEHIND)
_BEGINNINGS = (*_fold_all(_BEGIN_WITH), *"%°€$£¥₽₴₺₹₸")
_NEXT_WORD = regex.compile(r"([\s-])?([\p{L}\p{M}]*)")


def follows(folded: str, end: int) -> bool:
    """Tell whether a unit follows a number that ends here in a folded text."""
    word = _NEXT_WORD.match(folded, end)
    assert word  # it also matches nothing
    if folded.startswith(_BEGINNINGS, word.start(2)):
        return True
    return word[2] in (_WORDS if word[1] else _GLUED)
