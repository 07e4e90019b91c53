import unittest

from my_provider import MyProvider
from palisade_guest import CallOptions, custom


class Counting(unittest.TestCase):
    def count(self, text):
        return MyProvider().run(custom.Request("count", {"text": text}), CallOptions("counter")).output

    def test_words_are_counted(self):
        self.assertEqual(self.count("a red fox"), {"words": 3, "longest": "red"})

    def test_nothing_has_no_words(self):
        self.assertEqual(self.count(" "), {"words": 0, "longest": ""})
