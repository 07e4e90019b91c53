"""``speech-to-text``, between the host and :class:`palisade_guest.speech_to_text.SpeechToText`."""

from __future__ import annotations

from typing import Any

import wit_world.exports as exports
from wit_world.exports import speech_to_text

from .. import speech_to_text as ours
from ..provider import exported
from .convert import call, given, heeded, lift_media, lift_options, lower_usage, record, told
from .host import enter

PARAMETERS = ["language", "prompt", "timestamps"]


class SpeechToText(exports.SpeechToText):
    def transcribe(self, request: Any, options: Any) -> Any:
        enter()
        lifted = ours.Request(**{**record(request), "audio": lift_media(request.audio)})
        provider, lifted_options = exported(), lift_options(options)
        asked = {**given(request, PARAMETERS), "speakers": request.speakers}
        warnings = call(heeded, provider, lifted_options, asked)
        response = call(provider.transcribe, lifted, lifted_options)
        return speech_to_text.Response(
            response.text,
            [lower_segment(segment) for segment in response.segments],
            response.language,
            None if response.seconds is None else float(response.seconds),
            lower_usage(response.usage),
            told(warnings, response),
        )


def lower_segment(segment: ours.Segment) -> Any:
    return speech_to_text.Segment(segment.text, float(segment.start), float(segment.end), segment.speaker)
