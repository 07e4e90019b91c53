"""The capability ``speech-to-text``: what is said, written down."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import List, Optional

from .media import Media
from .options import CallOptions
from .provider import Capability
from .usage import Usage, Warning


@dataclass
class Request:
    """What to write down."""

    audio: Media
    """The sound, or a film with sound."""
    language: Optional[str] = None
    """Language of the speech as a BCP 47 tag; none lets the model find out."""
    prompt: Optional[str] = None
    """Words that are likely to come up, such as names."""
    timestamps: Optional[str] = None
    """How finely times are wanted: ``segment`` or ``word``; none for no times."""
    speakers: bool = False
    """Whether to tell speakers apart."""


@dataclass
class Segment:
    """A piece of the speech, from ``start`` to ``end`` in seconds from the beginning."""

    text: str
    start: float
    end: float
    speaker: Optional[str] = None
    """Who says it, for example ``a``."""


@dataclass
class Response:
    """What is said; an empty text when nobody speaks."""

    text: str
    segments: List[Segment] = field(default_factory=list)
    """The pieces, in order; empty when no times were asked for."""
    language: Optional[str] = None
    """Language as a BCP 47 tag, when the model says it."""
    seconds: Optional[float] = None
    """Length of the sound, when the model says it."""
    usage: Optional[Usage] = None
    """What it used; the characters of the text, unless said."""
    warnings: List[Warning] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.usage is None:
            self.usage = Usage.characters(self.text)


class SpeechToText(Capability):
    """Serves ``speech-to-text``."""

    interface = "speech-to-text"

    @abstractmethod
    def transcribe(self, request: Request, options: CallOptions) -> Response:
        """Writes down what is said."""
