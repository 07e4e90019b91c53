"""The capability ``text-to-speech``: a text spoken, whole or in pieces."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Iterable, Iterator, List, Optional, Union

from .options import CallOptions
from .provider import Capability
from .usage import Usage, Warning

PIECE = 1 << 20
"""A whole file is handed over in pieces of this length."""


@dataclass
class Request:
    """What to say."""

    text: str
    """The text. Never empty."""
    voice: Optional[str] = None
    """A voice that the model offers; none lets the model choose."""
    speed: Optional[float] = None
    """Speed, 1 being ordinary, above 0 and at most 4; none is 1."""
    language: Optional[str] = None
    """Language of the text as a BCP 47 tag; none lets the model find out."""
    instructions: Optional[str] = None
    """How to say it."""
    output_format: Optional[str] = None
    """Wanted media type, for example ``audio/mpeg``; none lets the provider choose."""
    seed: Optional[int] = None
    """The same seed, request and version give the same sound."""


@dataclass
class Finish:
    """The end of the sound."""

    usage: Usage = field(default_factory=lambda: Usage.of("request", 1))
    warnings: List[Warning] = field(default_factory=list)


Event = Union[bytes, Finish]
"""A piece of the sound: more of the encoded file, or its end."""


@dataclass
class Response:
    """A sound of this media type, for example ``audio/wav``: the whole file, or its pieces, each made when the host asks."""

    media_type: str
    audio: Union[bytes, Iterable[Event]]


class TextToSpeech(Capability):
    """Serves ``text-to-speech``."""

    interface = "text-to-speech"

    @abstractmethod
    def synthesize(self, request: Request, options: CallOptions) -> Response:
        """Speaks the text."""


def events(response: Response) -> Iterator[Event]:
    """The pieces of a sound, up to exactly one :class:`Finish`."""
    audio = response.audio
    if isinstance(audio, (bytes, bytearray)):
        audio = (bytes(audio[start : start + PIECE]) for start in range(0, len(audio), PIECE))
    for event in audio:
        yield event
        if isinstance(event, Finish):
            return
    yield Finish()
