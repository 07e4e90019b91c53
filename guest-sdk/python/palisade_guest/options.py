"""What comes with every request, whatever the capability."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List

from .failure import LimitExceeded, Unsupported
from .usage import AdjustedParameter, IgnoredParameter, Warning


@dataclass
class CallOptions:
    """What comes with every request. The defaults are those of a plain call, for tests."""

    model: str = ""
    """Id of the model to use, one that the provider's catalogue lists for this capability."""
    idempotency_key: str = "key"
    """The same key means the same request: an upstream that supports it must not do (or bill) the work twice."""
    deadline_ms: int = 60_000
    """Milliseconds left until the host ends the call."""
    provider_options: Dict[str, Any] = field(default_factory=dict)
    """The provider's own parameters. The host has checked them against the catalogue."""
    strict: bool = False
    """Whether to fail where a parameter would be ignored or adjusted."""

    def warnings(self) -> Warnings:
        """A list to collect warnings in, which fails at the first one when the caller is strict."""
        return Warnings(self.strict)


class Warnings(List[Warning]):
    """Warnings on their way into a response. Where the caller is strict, they are failures."""

    def __init__(self, strict: bool = False) -> None:
        super().__init__()
        self._strict = strict

    def ignored(self, parameter: str) -> None:
        """The named parameter has no effect. Raises :class:`Unsupported` when the caller is strict."""
        if self._strict:
            raise Unsupported(parameter)
        self.append(IgnoredParameter(parameter))

    def adjusted(self, parameter: str, used: object) -> None:
        """The named parameter is beyond a limit, and ``used`` is taken instead. Raises :class:`LimitExceeded` when strict."""
        if self._strict:
            raise LimitExceeded(parameter, f"the nearest that is possible is {used}")
        self.append(AdjustedParameter(parameter, str(used)))
