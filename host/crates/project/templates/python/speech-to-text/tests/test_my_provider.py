import io
import struct
import unittest
import wave

from my_provider import MyProvider
from palisade_guest import CallOptions, InvalidInput, Media, speech_to_text


def sound(samples: list[int]) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()


def heard(file: bytes) -> speech_to_text.Response:
    request = speech_to_text.Request(Media("audio/wav", file))
    return MyProvider().transcribe(request, CallOptions("beeps"))


class Hearing(unittest.TestCase):
    def test_every_beep_is_a_word(self):
        tone, silence = [9000, -9000] * 200, [0] * 400
        response = heard(sound(tone + silence + tone))
        self.assertEqual((response.text, response.seconds), ("beep beep", 0.15))
        self.assertEqual(heard(sound(silence)).text, "")

    def test_what_is_no_sound_is_refused(self):
        with self.assertRaises(InvalidInput):
            heard(b"RIFF")
