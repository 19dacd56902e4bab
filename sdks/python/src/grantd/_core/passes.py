"""Whom the guards of one request have let pass, so that the next of them need not verify it again: a proof works once. Kept
with the request by its framework, where nothing from outside comes to. Must not know any framework.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from .claims import Principal
from .presented import Facts

_PLACE = "grantd.passes"


class Pass:
    """Who one verifier says presents these credentials, once it knows."""

    def __init__(self, verifier: object, facts: Facts) -> None:
        self.principal: Principal | None = None
        self._verifier = verifier
        self._facts = facts

    def keep(self, principal: Principal) -> None:
        """For the next guard."""
        self.principal = principal

    def is_for(self, verifier: object, facts: Facts) -> bool:
        """Whether it is this verifier's, and nothing was changed in the request since."""
        return self._verifier is verifier and self._facts.is_same_request(facts)


class Passes:
    """Those of one request."""

    def __init__(self) -> None:
        self._known: list[Pass] = []

    @staticmethod
    def of(request: MutableMapping[str, Any]) -> Passes:
        """Those that are kept with a request: in its ASGI scope, its WSGI environment, or its attributes."""
        kept = request.get(_PLACE)
        if not isinstance(kept, Passes):
            kept = request[_PLACE] = Passes()
        return kept

    def get(self, verifier: object, facts: Facts) -> Pass:
        """The one for this verifier and these credentials; an empty one where there is none yet."""
        for one in self._known:
            if one.is_for(verifier, facts):
                return one
        made = Pass(verifier, facts)
        self._known.append(made)
        return made
