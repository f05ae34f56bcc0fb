"""How long one message takes against many keywords, and how long the keywords take to build.

Keywords are phrases of one to three words, five of them a rule. Words are made of syllables by a
seed, so that they are as close to one another as words are. The messages are customers', and two of
the keywords are in each at every size.
"""

import timeit
from collections.abc import Callable
from functools import partial
from random import Random
from time import thread_time

from bench.counts import Counts
from bench.tables import table
from rules.matching import Listener, Matcher, MatchMode

SIZES = (10, 1_000, 100_000)
KEYWORDS_BUILT = 10_000
MESSAGE_LENGTH = 300
TARGET_MICROSECONDS = 80
ENGLISH = (
    "Hello! I saw your beautiful bags on Instagram and I'd like to know how much the red one costs,"
    " whether you ship to Germany, how long delivery takes and if I can return it when it doesn't"
    " fit. Also, have you got another colour??? My friend bought one last year and she really"
    " loves it. Thank you very much!!!"
)
RUSSIAN = (
    "Здравствуйте! Я увидела ваши красивые сумки в Инстаграме и хотела бы узнать, сколько стоит"
    " красная, отправляете ли вы в Германию, сколько занимает доставка и можно ли вернуть, если не"
    " подойдёт. А ещё есть ли у вас другой цвет? Моя подруга купила такую в прошлом году и она её"
    " обожает. Большое вам спасибо!!!"
)
CHINESE = (
    "你好！我昨天在Instagram上看到你们店里的包，觉得特别漂亮，所以想先问一下：那个红色的小包现在多少钱？如果买两个的话，"
    "能不能便宜一点？我住在德国柏林，不知道你们能不能寄到这里，一般需要等几天，路上会不会弄坏？还有，如果收到以后觉得颜色"
    "不太合适，可以退货吗，来回的费用由谁来出？我的朋友去年也在你们这里买过一个黑色的，她非常喜欢，每天都背着去上班，"
    "所以她推荐我来找你们。另外我还想知道，除了红色以外，还有没有蓝色或者绿色的，大一点的那种有没有现成的，"
    "还是要等下个月才有？付款的话可以用信用卡吗？麻烦你有空的时候告诉我一下，如果方便的话，也请发几张照片给我看看，"
    "我想先和家里人商量以后再决定。祝你们生意越来越好，周末愉快，非常感谢，等你的回复！"
)

MESSAGES = {
    "English": ENGLISH[:MESSAGE_LENGTH],
    "Russian": RUSSIAN[:MESSAGE_LENGTH],
    "Chinese": CHINESE[:MESSAGE_LENGTH],
}
MATCHING_KEYWORDS = ("delivery", "how much", "доставка", "сколько стоит", "多少钱", "退货")
HOSTILE = {
    "`a`": "a",
    "`a-`": "a-",
    "`aaa bbb`": "aaa bbb ",
    "typos of a keyword": "delvrey ",
    "a keyword again and again": "delivery ",
    "Chinese letters": "多少钱",
    "emoji": "👍🏽❤️",
}
PATTERNS = ("(a+)+$", "(a|a)*b", "(.*)(.*)(.*)x", ".{0,500}z")


def run(counts: Counts) -> str:
    """Measure; return the report."""
    rounds = counts.matching_rounds
    return "\n\n".join((_measure_sizes(rounds), _measure_kinds(rounds), _measure_hostile(rounds)))


def _measure_sizes(rounds: int) -> str:
    """Measure a message against few and many keywords."""
    rows = []
    for size in SIZES:
        matcher = Matcher(_make_rules(size))
        times = [_measure_microseconds(matcher, message, rounds) for message in MESSAGES.values()]
        rows.append([f"{size:,} keywords", *(f"{time:.0f}" for time in times), TARGET_MICROSECONDS])
    return (
        "## Matching\n\n"
        f"CPU microseconds for a message of {MESSAGE_LENGTH} characters, best of {5 * rounds}"
        " rounds.\n\n" + table(["", *MESSAGES, "target"], rows)
    )


def _measure_kinds(rounds: int) -> str:
    """Measure the kinds of rules."""
    kinds: dict[str, tuple[MatchMode, int]] = {
        "whole words": (MatchMode.WORDS, 0),
        "whole words, one letter may be wrong": (MatchMode.WORDS, 1),
        "whole words, two letters may be wrong": (MatchMode.WORDS, 2),
        "even inside words": (MatchMode.CONTAINS, 0),
    }
    rows = []
    for kind, (mode, typos) in kinds.items():
        rules = _make_rules(KEYWORDS_BUILT, mode, typos)
        built = _measure_seconds(partial(Matcher, rules), rounds)
        matcher = Matcher(rules)
        times = [_measure_microseconds(matcher, message, rounds) for message in MESSAGES.values()]
        rows.append([kind, f"{built * 1e3:.0f}", *(f"{time:.0f}" for time in times)])
    return (
        f"{KEYWORDS_BUILT:,} keywords: milliseconds to build them, then microseconds for a"
        " message.\n\n" + table(["", "built, ms", *MESSAGES], rows)
    )


def _measure_hostile(rounds: int) -> str:
    """Measure long messages that are made to be slow."""
    rules = _make_rules(1_000, typos=2)
    rules.append(Listener(1_001, 1, MatchMode.CONTAINS, ("a", "aa", "aaa", "多", "多少")))
    rules.append(Listener(1_002, 1, MatchMode.REGEX, PATTERNS))
    matcher = Matcher(rules)
    rows = []
    for name, part in HOSTILE.items():
        times = [
            _measure_microseconds(matcher, (part * size)[:size], rounds, number=1) / 1e3
            for size in (5_000, 10_000)
        ]
        rows.append([name, *(f"{time:.0f}" for time in times)])
    return (
        "Milliseconds for a message that repeats the same text, against 1,000 keywords in which"
        f" two letters may be wrong, and {' '.join(f'`{pattern}`' for pattern in PATTERNS)}.\n\n"
        + table(["", "5,000 characters", "10,000"], rows)
    )


def _make_rules(size: int, mode: MatchMode = MatchMode.WORDS, typos: int = 0) -> list[Listener]:
    """Return rules with so many keywords, made of as many different words."""
    random = Random(20261125)  # the same in every run
    words = _make_words(random, size)
    keywords = [*MATCHING_KEYWORDS]
    while len(keywords) < size:
        keywords.append(" ".join(random.choices(words, k=random.choice((1, 1, 2, 3)))))
    rules = range(0, size, 5)
    return [
        Listener(rule, 100, mode, tuple(keywords[rule : rule + 5]), typos=typos) for rule in rules
    ]


def _make_words(random: Random, size: int) -> list[str]:
    starts = [*"bcdfghklmnprstvw", "st", "tr", "pl", "br", "sh", "ch"]
    syllables = [start + vowel + end for start in starts for vowel in "aeiou" for end in " nrstl"]
    words: dict[str, None] = {}
    while len(words) < size:
        chosen = random.choices(syllables, k=random.choice((1, 2, 2, 2, 2, 3, 3)))
        words["".join(chosen).replace(" ", "")] = None
    return list(words)


def _measure_microseconds(matcher: Matcher, message: str, rounds: int, number: int = 100) -> float:
    return _measure_seconds(partial(matcher.find, message), 5 * rounds, number) * 1e6


def _measure_seconds(work: Callable[[], object], rounds: int, number: int = 1) -> float:
    """Return the CPU time of the fastest round: the machine may be busy."""
    times = timeit.repeat(work, timer=thread_time, number=number, repeat=rounds)
    return min(times) / number
