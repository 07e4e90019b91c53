import unittest

from my_provider import SVG, MyProvider
from palisade_guest import CallOptions, InvalidInput, Media, image_edit


def edited(prompt: str, drawing: bytes) -> bytes:
    request = image_edit.Request(prompt, [Media(SVG, drawing)])
    return MyProvider().edit(request, CallOptions("wash")).images[0].content.data


class Washing(unittest.TestCase):
    def test_the_wash_is_over_all_of_it(self):
        drawing = edited("tomato", b"<svg><circle r='9'/></svg>\n")
        self.assertTrue(drawing.startswith(b"<svg><circle r='9'/><rect "), drawing)
        self.assertIn(b"tomato", drawing)

    def test_what_is_no_colour_or_no_drawing_is_refused(self):
        for prompt, drawing in [('"/>', b"<svg></svg>"), ("tomato", b"GIF89a")]:
            with self.assertRaises(InvalidInput):
                edited(prompt, drawing)
