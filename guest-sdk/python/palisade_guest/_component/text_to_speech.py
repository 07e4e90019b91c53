"""``text-to-speech``, between the host and :class:`palisade_guest.text_to_speech.TextToSpeech`."""

from __future__ import annotations

from typing import Any, Iterator, List

import wit_world.exports as exports
from wit_world.exports import text_to_speech

from .. import text_to_speech as ours
from ..provider import exported
from ..usage import Warning
from .convert import call, given, heeded, lift_options, lower_usage, lower_warnings, merged, record
from .host import enter
from .stream import Stream

PARAMETERS = ["voice", "speed", "language", "instructions", "seed"]


class TextToSpeech(exports.TextToSpeech):
    def synthesize(self, request: Any, options: Any) -> Any:
        enter()
        provider, lifted_options = exported(), lift_options(options)
        warnings = call(heeded, provider, lifted_options, given(request, PARAMETERS))
        return AudioStream(call(provider.synthesize, ours.Request(**record(request)), lifted_options), warnings)


class AudioStream(Stream, text_to_speech.AudioStream):
    """A sound on its way."""

    def __init__(self, response: ours.Response, warnings: List[Warning]) -> None:
        self._media_type = response.media_type
        super().__init__(spoken(response, warnings), lower_event)

    def media_type(self) -> str:
        return self._media_type


def spoken(response: ours.Response, warnings: List[Warning]) -> Iterator[ours.Event]:
    for event in ours.events(response):
        if isinstance(event, ours.Finish):
            event.warnings = merged(warnings, event.warnings)
        yield event


def lower_event(event: ours.Event) -> Any:
    if isinstance(event, ours.Finish):
        finish = text_to_speech.Finish(lower_usage(event.usage), lower_warnings(event.warnings))
        return text_to_speech.Event_Finish(finish)
    return text_to_speech.Event_Audio(bytes(event))
