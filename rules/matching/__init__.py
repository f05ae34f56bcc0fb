"""Which rules match a message, and in which order. Pure: no database, no clock."""

from rules.matching.listener import MATCH_ANYTHING, Listener, Match, MatchMode
from rules.matching.matcher import Matcher, RememberingMatcher
from rules.matching.problems import keyword_problem
from rules.matching.spans import spans

__all__ = [
    "MATCH_ANYTHING",
    "Listener",
    "Match",
    "MatchMode",
    "Matcher",
    "RememberingMatcher",
    "keyword_problem",
    "spans",
]
