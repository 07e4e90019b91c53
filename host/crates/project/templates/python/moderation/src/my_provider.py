"""Finds profanity by a list of words."""

from palisade_guest import FREE, CallOptions, Model, Provider, Unsupported, export, moderation

WORDS = {"damn", "heck"}


@export
class MyProvider(Provider, moderation.Moderation):
    name = "my-provider"
    summary = "Finds profanity by a list of words."
    models = [Model("words", prices=FREE)]

    def moderate(self, request: moderation.Request, options: CallOptions) -> moderation.Response:
        return moderation.Response([verdict(item) for item in request.items])


def verdict(item: object) -> moderation.Verdict:
    """Flags a text that holds a word of the list."""
    if not isinstance(item, str):
        raise Unsupported("media")
    found = not WORDS.isdisjoint(item.lower().split())
    return moderation.Verdict([moderation.Category("profanity", found, float(found))])
