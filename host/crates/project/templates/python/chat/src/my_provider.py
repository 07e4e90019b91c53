"""Greets whoever speaks to it."""

from palisade_guest import FREE, CallOptions, Model, Provider, chat, export


@export
class MyProvider(Provider, chat.Chat):
    name = "my-provider"
    summary = "Greets whoever speaks to it."
    models = [Model("greeter", prices=FREE)]

    def reply(self, request: chat.Request, options: CallOptions) -> chat.Reply:
        yield "Hello, "
        yield f"{request.prompt}!"
