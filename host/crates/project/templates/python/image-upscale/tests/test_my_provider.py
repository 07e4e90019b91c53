import unittest

from my_provider import SVG, MyProvider
from palisade_guest import CallOptions, Image, InvalidInput, Media, Pixels, image_upscale


def larger(drawing: bytes, scale: float | Pixels) -> Image:
    request = image_upscale.Request(Media(SVG, drawing), scale)
    return MyProvider().upscale(request, CallOptions("vector")).image


class Enlarging(unittest.TestCase):
    def test_a_drawing_grows_as_asked(self):
        drawing = b'<svg width="30" height="20"><circle r="9"/></svg>'
        image = larger(drawing, 2.5)
        self.assertEqual((image.width, image.height), (75, 50))
        self.assertIn(b'viewBox="0 0 30 20">' + drawing, image.content.data)
        self.assertEqual(larger(drawing, Pixels(90, 60)).width, 90)

    def test_what_has_no_size_is_refused(self):
        with self.assertRaises(InvalidInput):
            larger(b"<svg></svg>", 2.0)
