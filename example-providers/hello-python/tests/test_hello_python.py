import unittest

from hello_python import HelloPython
from palisade_guest import CallOptions, chat


class Greeting(unittest.TestCase):
    def test_whoever_speaks_is_greeted(self):
        pieces = list(HelloPython().reply(chat.Request.of("World"), CallOptions("greeter")))
        self.assertEqual(pieces, ["Hello, ", "World!"])
