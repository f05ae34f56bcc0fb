"""A rule: what the bot replies when a customer writes something."""

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models

from conversations.models import Account
from instagram.content import Card
from instagram.limits import MAX_ID, MAX_URL
from rules.matching import MATCH_ANYTHING, MatchMode, keyword_problem, keywords
from rules.models.version import Watched, WatchedQuerySet
from rules.triggers import WORDLESS, Trigger
from rules.wording import syntax, validation

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from rules.models.card import RuleCard


MATCH_LABELS = {
    MatchMode.WORDS: "has any of these words or phrases",
    MatchMode.ALL: "has all of these words and phrases",
    MatchMode.EXACT: "is exactly one of these",
    MatchMode.BEGINS: "begins with one of these",
    MatchMode.ENDS: "ends with one of these",
    MatchMode.CONTAINS: "contains one of these, even inside a word",
    MatchMode.REGEX: "matches one of these regular expressions",
    MatchMode.EVERYTHING: "is anything at all",
    MatchMode.FALLBACK: "is anything that no other rule answers (the fallback)",
}
# Of a rule by which customers opt out or in again.
CONDITIONS = (
    "never", "typos", "hours", "first_day", "last_day", "only_new", "once_in_hours", "referral",
    "accounts",
)  # fmt: skip
NO_CONDITIONS = "Customers can always opt out and in again: leave this empty."
WHOLE_MESSAGE = "Customers opt out or in by a whole message: choose 'is exactly one of these'."
NO_WHOLE_MESSAGE = "Customers opt out or in by the words of a direct message: leave this off."
WITHOUT_WORDS = (
    "for_comments", "for_story_mentions", "for_photos", "for_videos", "for_voice_notes",
    "for_files", "for_shared_posts", "for_stickers",
)  # fmt: skip
MAX_COLUMN_HOURS = 32_767  # that the column holds on every database: almost four years


def _account_names(account: Account) -> set[str]:
    return {account.instagram_id, account.username.casefold()} - {""}


class ResponseRuleQuerySet(WatchedQuerySet["ResponseRule"]):
    def active(self) -> "ResponseRuleQuerySet":
        """Keep only the rules that are on, in the order in which they are asked."""
        return self.filter(active=True).order_by("order", "pk")


class ResponseRule(Watched):
    """What the bot replies when a customer writes something."""

    class Typos(models.IntegerChoices):
        OFF = 0, "none"
        ONE = 1, "one letter"
        TWO = 2, "two letters"

    class Hours(models.TextChoices):
        __empty__ = "at any time"
        INSIDE = "inside", "in business hours"
        OUTSIDE = "outside", "outside business hours"

    class Media(models.TextChoices):
        __empty__ = "none"
        IMAGE = "image", "picture (JPEG, PNG, GIF; up to 8 MB)"
        AUDIO = "audio", "sound (AAC, M4A, WAV, MP4; up to 25 MB)"
        VIDEO = "video", "video (MP4, MOV, WebM, OGG, AVI; up to 25 MB)"
        FILE = "file", "file (PDF; up to 25 MB)"

    class OptOut(models.TextChoices):
        __empty__ = "changes nothing"
        STOP = "stop", "opts out: the bot is silent for this customer"
        START = "start", "opts in again: the bot answers once more"

    name = models.CharField(max_length=100, unique=True)
    active = models.BooleanField(default=True)
    order = models.PositiveIntegerField(
        default=100,
        help_text="The lowest number is tried first. Among equal numbers the longest match wins.",
    )
    match = models.CharField(
        "the message",
        max_length=10,
        # Plain texts, so that migrations do not import the enum.
        choices=[(mode.value, label) for mode, label in MATCH_LABELS.items()],
        default=MatchMode.WORDS.value,
    )
    keywords = models.TextField(
        "words",
        blank=True,
        help_text="One word or phrase per line. Capitals, accents, emoji and extra spaces do not"
        " matter; 'art' does not match 'party'.",
    )
    never = models.TextField(
        "exclude if it contains",
        blank=True,
        help_text="One word or phrase per line. If the message contains one of them, the rule does"
        " not answer.",
    )
    typos = models.PositiveSmallIntegerField(
        "typos allowed",
        choices=Typos,
        default=Typos.OFF,
        help_text="Only in long words. A word of another rule is never taken for a typo.",
    )
    for_messages = models.BooleanField("messages", default=True)
    for_story_replies = models.BooleanField("replies to your story", default=True)
    for_story_mentions = models.BooleanField("mentions in their story", default=False)
    for_buttons = models.BooleanField("taps", default=True)
    for_comments = models.BooleanField("comments", default=False)
    for_photos = models.BooleanField("photos", default=False, db_default=False)
    for_videos = models.BooleanField("videos", default=False, db_default=False)
    for_voice_notes = models.BooleanField("voice notes", default=False, db_default=False)
    for_files = models.BooleanField("files", default=False, db_default=False)
    for_shared_posts = models.BooleanField(
        "shared posts, reels and stories", default=False, db_default=False
    )
    for_stickers = models.BooleanField("stickers", default=False, db_default=False)
    referral = models.CharField(
        "only customers who came from",
        max_length=MAX_ID,
        blank=True,
        help_text="The ref of an ig.me link (autumn in ig.me/m/your.shop?ref=autumn), or the id of"
        " an ad. Leave empty for any.",
    )
    # Names and not keys of rows: so the history, files and the API have them as they have the rest,
    # and a file says the same at another instabot.
    accounts = models.TextField(
        "only for these accounts",
        blank=True,
        default="",
        db_default="",
        help_text="The Instagram IDs or usernames of accounts, one per line. Leave empty for all.",
    )
    hours = models.CharField("answers", max_length=10, choices=Hours, blank=True)
    first_day = models.DateField("from", null=True, blank=True)
    last_day = models.DateField("until", null=True, blank=True, help_text="Including this day.")
    only_new = models.BooleanField(
        "only new customers",
        default=False,
        help_text="Nobody has written to them yet: neither the bot nor a person.",
    )
    once_in_hours = models.PositiveSmallIntegerField(
        "limit per customer (hours)",
        default=0,
        validators=[MaxValueValidator(MAX_COLUMN_HOURS)],
        help_text="The rule answers each customer at most once in this time. 0 = no limit.",
    )
    reply = models.TextField(
        blank=True,
        help_text="What the customer gets. A line with only --- begins a new message; a text over"
        " 1000 bytes is sent as several. You can use {first_name|there}, {username|…},"
        " {shop_name}, {opening_hours} and {matched_word}; after the | put what to say when it is"
        " unknown.",
    )
    other_replies = models.TextField(
        "other variants",
        blank=True,
        help_text="Separate variants with a line ===. A customer never gets the same one twice in a"
        " row.",
    )
    quick_replies = models.TextField(
        blank=True,
        help_text="Shown under the text: at most 13, one per line, up to 20 characters each."
        " Tapping sends this text as the customer, so add it as a word to a rule. 'Sizes ="
        " MENU_SIZES' also sends MENU_SIZES, which you can add to a rule instead.",
    )
    buttons = models.TextField(
        blank=True,
        help_text="Shown below the text, instead of quick replies: at most 3, one per line."
        " 'Our shop = https://shop.example' opens a link; 'Talk to a person' and 'Person = HUMAN'"
        " are taps.",
    )
    media_kind = models.CharField(
        "attachment", max_length=10, choices=Media, blank=True, help_text="Sent before the text."
    )
    media_url = models.CharField(
        "file URL",
        max_length=MAX_URL,
        blank=True,
        help_text="Instagram must be able to open it without a login: https://…",
    )
    public_reply = models.TextField(
        "reply below the comment",
        blank=True,
        help_text="For comments: a short public answer, such as 'We have sent you a message.' Up to"
        " 300 characters; separate variants with a line ===. Leave empty for none.",
    )
    needs_person = models.BooleanField(
        "flag for the team", default=False, help_text="Marks the conversation: a person is needed."
    )
    pause_hours = models.PositiveSmallIntegerField(
        "pause the bot (hours)",
        default=0,
        validators=[MaxValueValidator(MAX_COLUMN_HOURS)],
        help_text="For this customer, after the answer. 0 = no pause.",
    )
    label = models.CharField(
        "add a label", max_length=50, blank=True, help_text="A word, such as returns."
    )
    opt_out = models.CharField(
        "the customer",
        max_length=10,
        choices=OptOut,
        blank=True,
        default="",
        db_default="",
        help_text="For rules that listen to whole messages, such as STOP: case, punctuation and a"
        " 'please' do not matter. They come before all other rules.",
    )
    changed_at = models.DateTimeField(auto_now=True)

    if TYPE_CHECKING:
        cards: RelatedManager["RuleCard"]

    # Set by what saves the cards after the rule: whether there will be any. None: as they are now.
    cards_to_come: bool | None = None

    objects = ResponseRuleQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        base_manager_name = "objects"  # so that every manager that Django uses raises the version
        verbose_name = "rule"

    def __str__(self) -> str:
        return self.name

    def keyword_list(self) -> list[str]:
        return syntax.read_lines(self.keywords)

    def never_list(self) -> list[str]:
        return syntax.read_lines(self.never)

    def account_list(self) -> list[str]:
        """Return the Instagram IDs of the accounts that the rule is for; none: all of them."""
        return syntax.read_lines(self.accounts)

    def triggers(self) -> list[Trigger]:
        """Return what the rule is for."""
        chosen = {
            Trigger.MESSAGE: self.for_messages,
            Trigger.STORY_REPLY: self.for_story_replies,
            Trigger.STORY_MENTION: self.for_story_mentions,
            Trigger.BUTTON: self.for_buttons,
            Trigger.COMMENT: self.for_comments,
            Trigger.PHOTO: self.for_photos,
            Trigger.VIDEO: self.for_videos,
            Trigger.VOICE_NOTE: self.for_voice_notes,
            Trigger.FILE: self.for_files,
            Trigger.SHARED_POST: self.for_shared_posts,
            Trigger.STICKER: self.for_stickers,
        }
        return [trigger for trigger, is_chosen in chosen.items() if is_chosen]

    def card_list(self) -> list[Card]:
        return [card.card() for card in self.cards.all()]

    def has_cards(self) -> bool:
        if self.cards_to_come is not None:
            return self.cards_to_come
        return self.pk is not None and self.cards.exists()

    def listens_to_words(self) -> bool:
        return self.match not in MATCH_ANYTHING

    def clean(self) -> None:
        self._split_pasted_words()
        problems = (
            validation.find_problems(self, has_cards=self.has_cards()) | self._word_problems()
        )
        if self.name and not self.name.strip():  # forms strip blanks, files and the API do not
            problems["name"] = ["A rule needs a name."]
        problems |= self._account_problems()
        if not self.triggers():
            problems["for_messages"] = ["Choose at least one thing that the rule is for."]
        if self.public_reply.strip() and not self.for_comments:
            problems["public_reply"] = ["Only a rule for comments can reply below them."]
        if self.first_day and self.last_day and self.last_day < self.first_day:
            problems["last_day"] = ["The last day is before the first."]
        if self.opt_out:
            problems |= self._opt_out_problems()
        if problems:
            raise ValidationError(dict(problems))

    def _split_pasted_words(self) -> None:
        self.never = keywords.split_pasted(self.never)
        if self.match != MatchMode.REGEX:
            self.keywords = keywords.split_pasted(self.keywords)

    def _account_problems(self) -> dict[str, list[str]]:
        """Write accounts by their ids, whatever staff call them; return what is none of ours."""
        asked = self.account_list()
        known = Account.objects.exclude(instagram_id="").order_by("pk") if asked else ()
        ids = {name: one.instagram_id for one in known for name in _account_names(one)}
        found = [ids.get(name.removeprefix("@").casefold(), "") for name in asked]
        unknown = [name for name, pk in zip(asked, found, strict=True) if not pk]
        if unknown:
            ours = ", ".join(str(one) for one in known) or "none yet"
            return {"accounts": [f"No account is called {unknown[0]!r}. Connected: {ours}."]}
        self.accounts = "\n".join(dict.fromkeys(found))
        return {}

    def _doubtful_problems(self, field: str) -> list[str]:
        """Ask about lines that may be a phrase or a list, but not again about saved ones."""
        doubtful = keywords.find_doubtful(getattr(self, field))
        if not doubtful:
            return []
        saved = ResponseRule.objects.filter(pk=self.pk).values_list(field, flat=True).first()
        asked_before = syntax.read_lines(saved or "")
        return [keywords.ask(line) for line in doubtful if line not in asked_before]

    def _opt_out_problems(self) -> dict[str, list[str]]:
        """Return what keeps a customer from opting out, or makes one do so unawares."""
        problems = {field: [NO_CONDITIONS] for field in CONDITIONS if getattr(self, field)}
        if self.match != MatchMode.EXACT:
            problems["match"] = [WHOLE_MESSAGE]
        for field in WITHOUT_WORDS:
            if getattr(self, field):
                problems[field] = [NO_WHOLE_MESSAGE]
        return problems

    def _word_problems(self) -> dict[str, list[str]]:
        """Return the first problem of the words and of the excluded words."""
        never = [keyword_problem(MatchMode.WORDS, word) for word in self.never_list()]
        never += self._doubtful_problems("never")
        problems = {"never": [problem for problem in never if problem][:1]}
        if self.listens_to_words():
            mode = MatchMode(self.match)
            words = [keyword_problem(mode, keyword) for keyword in self.keyword_list()]
            words += self._doubtful_problems("keywords") if mode != MatchMode.REGEX else []
            problems["keywords"] = [problem for problem in words if problem][:1]
            if not self.keyword_list() and not WORDLESS.issuperset(self.triggers()):
                problems["keywords"] = ["Write at least one word, or choose 'is anything at all'."]
        return {field: sentences for field, sentences in problems.items() if sentences}
