import math
import unittest

from my_provider import LETTERS, MyProvider
from palisade_guest import CallOptions, embedding


class Embedding(unittest.TestCase):
    def test_every_text_has_a_vector_of_length_one(self):
        request = embedding.Request(["a red fox", ""])
        vectors = MyProvider().embed(request, CallOptions("letters")).vectors
        self.assertEqual([len(vector) for vector in vectors], [len(LETTERS)] * 2)
        for vector in vectors:
            self.assertAlmostEqual(math.hypot(*vector), 1)
