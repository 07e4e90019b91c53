"""Beeps once for every word."""

import io
import math
import struct
import wave

from palisade_guest import FREE, CallOptions, Model, Provider, export, text_to_speech

RATE = 8000


@export
class MyProvider(Provider, text_to_speech.TextToSpeech):
    name = "my-provider"
    summary = "Beeps once for every word."
    models = [Model("beeper", prices=FREE, output_types=["audio/wav"])]

    def synthesize(self, request: text_to_speech.Request, options: CallOptions) -> text_to_speech.Response:
        return text_to_speech.Response("audio/wav", beeps(len(request.text.split())))


def beeps(count: int) -> bytes:
    """So many beeps of a fifth of a second, each followed by silence, as a WAV file."""
    tone = [int(12000 * math.sin(2 * math.pi * 660 * at / RATE)) for at in range(RATE // 5)]
    samples = struct.pack(f"<{2 * len(tone)}h", *tone, *[0] * len(tone))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples * count)
    return file.getvalue()
