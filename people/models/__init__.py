from people.models.session import Session
from people.models.tries import Tries

__all__ = ["Session", "Tries"]
