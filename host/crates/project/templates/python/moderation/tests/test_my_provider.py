import unittest

from my_provider import MyProvider
from palisade_guest import CallOptions, moderation


class Moderating(unittest.TestCase):
    def test_a_word_of_the_list_is_flagged(self):
        request = moderation.Request(["a red fox", "what the heck"])
        verdicts = MyProvider().moderate(request, CallOptions("words")).verdicts
        self.assertEqual([verdict.flagged for verdict in verdicts], [False, True])
