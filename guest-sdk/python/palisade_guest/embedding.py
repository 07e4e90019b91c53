"""The capability ``embedding``: texts and media as vectors, near to each other where they mean the same."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import List, Optional

from .media import Content
from .options import CallOptions
from .provider import Capability
from .usage import Usage, Warning


@dataclass
class Request:
    """What to embed."""

    items: List[Content]
    """The texts and media. Never empty."""
    dimensions: Optional[int] = None
    """Length of the vectors; none lets the model choose."""
    task: Optional[str] = None
    """What the vectors are for: ``query``, ``document``, ``similarity``, ``classification``, ``clustering`` ..."""


@dataclass
class Response:
    """The vectors: one for each item, in the same order, all of the same length, all numbers finite."""

    vectors: List[List[float]]
    usage: Usage = field(default_factory=lambda: Usage.of("request", 1))
    warnings: List[Warning] = field(default_factory=list)


class Embedding(Capability):
    """Serves ``embedding``."""

    interface = "embedding"

    @abstractmethod
    def embed(self, request: Request, options: CallOptions) -> Response:
        """Embeds the items."""
