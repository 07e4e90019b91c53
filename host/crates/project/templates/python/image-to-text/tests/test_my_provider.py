import unittest

from my_provider import MyProvider
from palisade_guest import CallOptions, InvalidInput, LimitExceeded, Media, image_to_text


def read(file: bytes) -> str:
    request = image_to_text.Request(Media("image/png", file))
    return MyProvider().read(request, CallOptions("measure")).text


class Measuring(unittest.TestCase):
    def test_the_size_is_that_of_the_header(self):
        header = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\0\xa0"
        self.assertEqual(read(header), "640 x 160 pixels")

    def test_what_is_no_picture_or_too_large_is_refused(self):
        with self.assertRaises(InvalidInput):
            read(b"GIF89a")
        with self.assertRaises(LimitExceeded):
            read(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + bytes([1] * 8))
