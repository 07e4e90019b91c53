"""The capability ``image-to-text``: captions, answers, texts and codes from a picture."""

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
    """What to read."""

    image: Media
    """The picture."""
    prompt: Optional[str] = None
    """A question or an instruction."""
    task: Optional[str] = None
    """What is wanted: ``caption``, ``answer``, ``ocr``, ``codes`` or a word of the model's own."""
    language: Optional[str] = None
    """Language of the answer as a BCP 47 tag, for example ``en``."""
    max_output_tokens: Optional[int] = None
    """Most tokens to answer with; none lets the model choose."""


@dataclass(frozen=True)
class Region:
    """A rectangle in the picture, in pixels from its upper left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass
class Finding:
    """Something that was found."""

    text: str
    """What it says."""
    kind: str
    """What it is, for example ``line``, ``qr-code`` or ``ean-13``."""
    confidence: Optional[float] = None
    """How sure the model is, 0 to 1."""
    region: Optional[Region] = None
    """Where it is."""


@dataclass
class Response:
    """What was read; an empty text when there is nothing to read."""

    text: str
    findings: List[Finding] = field(default_factory=list)
    """The pieces, in reading order."""
    usage: Optional[Usage] = None
    """What it used; the characters of the text, unless said."""
    warnings: List[Warning] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.usage is None:
            self.usage = Usage.characters(self.text)


class ImageToText(Capability):
    """Serves ``image-to-text``."""

    interface = "image-to-text"

    @abstractmethod
    def read(self, request: Request, options: CallOptions) -> Response:
        """Reads the picture."""
