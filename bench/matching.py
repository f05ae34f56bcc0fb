"""How long one message takes against many keywords, and how long many keywords take to build.

Words are made of syllables by a seed, so that they are as close to one another as words are; the
messages are a customer's, and two of the keywords are in them at every size.
"""

SIZES = (10, 1_000, 100_000)
LETTERS = 300
ENGLISH = (
    "Hello! I saw your beautiful bags on Instagram and I'd like to know how much the red one costs,"
    " whether you ship to Germany, how long delivery takes and if I can return it when it doesn't"
    " fit. Also, do you have it in another colour? My friend bought one last year and she really"
    " loves it. Thank you very much!!"
)
RUSSIAN = (
    "Здравствуйте! Я увидела ваши красивые сумки в Инстаграме и хотела бы узнать, сколько стоит"
    " красная, отправляете ли вы в Германию, сколько занимает доставка и можно ли вернуть, если не"
    " подойдёт. А ещё есть ли у вас другой цвет? Моя подруга купила такую в прошлом году и она её"
    " обожает. Большое вам спасибо!!"
)
CHINESE = (
    "你好！我在Instagram上看到你们漂亮的包，想知道红色的多少钱，能不能寄到德国，配送需要多久，如果不合适可以退货吗？"
    "另外还有别的颜色吗？我朋友去年买了一个，她非常喜欢。谢谢！"
)
