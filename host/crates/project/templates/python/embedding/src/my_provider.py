"""Turns texts into vectors by the letters that they hold."""

import math

from palisade_guest import FREE, CallOptions, Model, Provider, Unsupported, embedding, export

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@export
class MyProvider(Provider, embedding.Embedding):
    name = "my-provider"
    summary = "Turns texts into vectors by the letters that they hold."
    models = [Model("letters", prices=FREE)]

    def embed(self, request: embedding.Request, options: CallOptions) -> embedding.Response:
        return embedding.Response([vector(item) for item in request.items])


def vector(item: object) -> list[float]:
    """How often each letter comes, as a vector of length 1."""
    if not isinstance(item, str):
        raise Unsupported("media")
    counts = [1 + item.lower().count(letter) for letter in LETTERS]
    length = math.hypot(*counts)
    return [count / length for count in counts]
