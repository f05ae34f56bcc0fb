"""Which rules match a message, and which of them wins. Pure: no database, no clock."""

from rules.matching.listener import Found, Listener, Mode
from rules.matching.matcher import Matcher
from rules.matching.problems import keyword_problem
from rules.matching.spans import spans

__all__ = ["Found", "Listener", "Matcher", "Mode", "keyword_problem", "spans"]
