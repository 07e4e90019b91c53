"""Writes a word for every beep."""

import io
import struct
import wave
from itertools import groupby

from palisade_guest import FREE, CallOptions, InvalidInput, Model, Provider, export, speech_to_text

LOUD = 1000
"""What is louder than this is no silence."""


@export
class MyProvider(Provider, speech_to_text.SpeechToText):
    name = "my-provider"
    summary = "Writes a word for every beep."
    models = [Model("beeps", prices=FREE, input_types=["audio/wav"])]

    def transcribe(self, request: speech_to_text.Request, options: CallOptions) -> speech_to_text.Response:
        rate, samples = read(request.audio.data)
        text = " ".join(["beep"] * beeps(samples, rate // 50))
        return speech_to_text.Response(text, seconds=len(samples) / rate)


def read(file: bytes) -> tuple[int, tuple[int, ...]]:
    """The rate and the samples of a WAV file with one channel of 16 bits."""
    try:
        with wave.open(io.BytesIO(file)) as sound:
            if (sound.getnchannels(), sound.getsampwidth()) == (1, 2):
                data = sound.readframes(sound.getnframes())
                return sound.getframerate(), struct.unpack(f"<{len(data) // 2}h", data)
    except (wave.Error, EOFError):
        pass
    raise InvalidInput("audio", "must be a WAV file with one channel of 16-bit samples")


def beeps(samples: tuple[int, ...], step: int) -> int:
    """How often it is loud after silence, looking at so many samples at a time."""
    steps = (samples[start : start + step] for start in range(0, len(samples), step))
    return sum(loud for loud, _ in groupby(max(map(abs, each)) > LOUD for each in steps))
