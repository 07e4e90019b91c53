"""The capability ``rerank``: documents in the order of how well they answer a query."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import List, Optional

from .options import CallOptions
from .provider import Capability
from .usage import Usage, Warning


@dataclass
class Request:
    """What to order."""

    query: str
    """What is looked for. Never empty."""
    documents: List[str]
    """The documents. Never empty."""
    top_n: Optional[int] = None
    """How many of the best to give; none gives all."""


@dataclass
class Ranked:
    """A document in its place: which of the documents, from 0, and how well it fits, higher is better."""

    index: int
    score: float


@dataclass
class Response:
    """The best documents, best first, each at most once."""

    ranking: List[Ranked]
    usage: Usage = field(default_factory=lambda: Usage.of("request", 1))
    warnings: List[Warning] = field(default_factory=list)

    @classmethod
    def by_score(cls, request: Request, scores: List[float]) -> Response:
        """The order of the documents that have these scores, as many as the request asks for."""
        ranking = [Ranked(index, score) for index, score in enumerate(scores)]
        ranking.sort(key=lambda ranked: -ranked.score)
        return cls(ranking[: request.top_n])


class Rerank(Capability):
    """Serves ``rerank``."""

    interface = "rerank"

    @abstractmethod
    def rerank(self, request: Request, options: CallOptions) -> Response:
        """Orders the documents."""
