"""Which rule answers a tap on an ice breaker or in a menu."""

from dataclasses import dataclass
from datetime import datetime

from instagram.menu import Option
from rules import taps
from rules.checks.trial import Trial, TrialResult, run_trial
from rules.engine.decision import Rules
from rules.matching import MATCH_ANYTHING
from rules.models import ResponseRule
from rules.triggers import Trigger

ADVICE = "Choose a rule, or add the word or code to a rule for taps."


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a tap. is_well: a rule that is for it answers. says: what else there is."""

    says: str
    is_well: bool


@dataclass(frozen=True, slots=True)
class Judge:
    """Tells what becomes of taps now, by the rules as they are saved.

    every: the rules, also those that are off, by their numbers. account: the Instagram ID of the
    account that is written to.
    """

    rules: Rules
    every: dict[int, ResponseRule]
    account: str
    at: datetime

    @classmethod
    def saved(cls, account: str, at: datetime) -> "Judge":
        every = {rule.pk: rule for rule in ResponseRule.objects.order_by("name")}
        return cls(Rules.saved(), every, account, at)

    def tell(self, option: Option) -> Fate:
        """Tell what a tap of somebody new leads to."""
        if option.url:
            return Fate("", is_well=True)
        tapped = Trial(option.text, self.at, Trigger.BUTTON, option.payload, account=self.account)
        result = run_trial(tapped, self.rules)
        named, winner = taps.rule_of(option.payload), result.winner
        if named is not None:
            return self._tell_of_named(self.every.get(named), result)
        if winner is None:
            return Fate(f"No rule answers this. {ADVICE}", is_well=False)
        if winner.match in MATCH_ANYTHING:
            return Fate(f"Only rule {winner} answers this, as anything. {ADVICE}", is_well=False)
        return Fate(f"Rule {winner} answers this.", is_well=True)

    def _tell_of_named(self, rule: ResponseRule | None, result: TrialResult) -> Fate:
        winner = result.winner
        if rule is None:
            return Fate("Its rule was deleted. Choose another one.", is_well=False)
        if winner == rule:
            return Fate("", is_well=True)
        why = "It is off."
        if rule.active:
            why = next((loser.why for loser in result.losers if loser.rule == rule), "")
        instead = f"Now rule {winner} answers instead." if winner else "Now nothing answers."
        return Fate(f"Rule {rule} does not answer this: {why} {instead}", is_well=False)
