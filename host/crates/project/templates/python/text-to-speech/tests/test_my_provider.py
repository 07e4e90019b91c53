import unittest

from my_provider import RATE, MyProvider
from palisade_guest import CallOptions, text_to_speech


class Beeping(unittest.TestCase):
    def test_every_word_is_a_beep(self):
        response = MyProvider().synthesize(text_to_speech.Request("a red fox"), CallOptions("beeper"))
        self.assertEqual(response.media_type, "audio/wav")
        self.assertEqual(len(response.audio), 44 + 3 * 2 * 2 * (RATE // 5))
