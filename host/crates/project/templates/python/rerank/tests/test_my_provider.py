import unittest

from my_provider import MyProvider
from palisade_guest import CallOptions, rerank


class Ordering(unittest.TestCase):
    def test_the_document_with_the_most_words_of_the_query_is_first(self):
        request = rerank.Request("red fox", ["a grey wolf", "a red fox", "a red hen"], top_n=2)
        ranking = MyProvider().rerank(request, CallOptions("overlap")).ranking
        self.assertEqual([ranked.index for ranked in ranking], [1, 2])
