"""Counts the words of a text."""

from palisade_guest import FREE, CallOptions, Model, Provider, custom, export

TEXT = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}
COUNTS = {
    "type": "object",
    "properties": {"words": {"type": "integer"}, "longest": {"type": "string"}},
    "required": ["words", "longest"],
}


@export
class MyProvider(Provider, custom.Custom):
    name = "my-provider"
    summary = "Counts the words of a text."
    models = [Model("counter", prices=FREE)]
    tasks = [custom.Task("count", "Counts words, and finds the longest.", TEXT, COUNTS)]

    def run(self, request: custom.Request, options: CallOptions) -> custom.Response:
        words = request.input["text"].split()
        return custom.Response({"words": len(words), "longest": max(words, key=len, default="")})
