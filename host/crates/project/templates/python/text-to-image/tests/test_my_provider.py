import unittest

from my_provider import MyProvider
from palisade_guest import Aspect, CallOptions, LimitExceeded, text_to_image


class Drawing(unittest.TestCase):
    def test_the_prompt_is_drawn_and_nothing_of_it_is_markup(self):
        request = text_to_image.Request("<fox>", n=2)
        images = MyProvider().generate(request, CallOptions("letters")).images
        self.assertEqual(len(images), 2)
        self.assertIn(b"&lt;fox&gt;", images[0].content.data)

    def test_who_is_strict_gets_the_size_that_was_asked_for_or_none(self):
        request = text_to_image.Request("fox", size=Aspect(16, 9))
        with self.assertRaises(LimitExceeded):
            MyProvider().generate(request, CallOptions("letters", strict=True))
