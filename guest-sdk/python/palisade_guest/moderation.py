"""The capability ``moderation``: whether texts and media are what nobody should have to see."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import List

from .media import Content
from .options import CallOptions
from .provider import Capability
from .usage import Usage, Warning


@dataclass
class Request:
    """What to look at. Never empty."""

    items: List[Content]


@dataclass
class Category:
    """What was found of one kind: ``harassment``, ``hate``, ``violence``, ``self-harm``, ``sexual``, ``spam`` ..."""

    name: str
    flagged: bool
    """Whether it is more than the model tolerates."""
    score: float
    """How sure the model is, 0 to 1."""


@dataclass
class Verdict:
    """What was found in one item: all categories that the model knows."""

    categories: List[Category]

    @property
    def flagged(self) -> bool:
        """Whether any category is flagged."""
        return any(category.flagged for category in self.categories)


@dataclass
class Response:
    """A verdict for each item, in the same order."""

    verdicts: List[Verdict]
    usage: Usage = field(default_factory=lambda: Usage.of("request", 1))
    warnings: List[Warning] = field(default_factory=list)


class Moderation(Capability):
    """Serves ``moderation``."""

    interface = "moderation"

    @abstractmethod
    def moderate(self, request: Request, options: CallOptions) -> Response:
        """Looks at the items."""
