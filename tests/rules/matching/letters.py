"""Letters that are easily handled wrongly."""

# Marks that join, separate or decorate letters or are ignored, and letters beside which they do so.
TRICKY_LETTERS = (
    "aeiIİıoßẞǅŉﬁ½™ℹⒶийіїєЙёэ'’-–ａ１٣ςΣάᾳΐאשׁ־كىةيـकक़ँ्ำนกेกาㅋㄱㅏ가각ᄀ ᅡᆨｶﾞカ゛ー价格❤♀👍🏽🇩🇪🏴☕"
    "เแ\u0e32\u0e33\u0e38\u0e49\u0e4dកត\u17b6\u17c1\u17c6\u17d2\u178a\u179a\u17b8"
    "\u0300\u0301\u0306\u0307\u0308\u0327\u0345\u05bc\u0654\u093c\u200c\u200d\u200b\u00ad\ufe0f\u20e3"
    "\u1039\u1100\u1161\u11a8\u3099\ud800\t\n 10"
)
