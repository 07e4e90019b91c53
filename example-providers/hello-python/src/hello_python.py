"""Greets whoever speaks to it."""

from palisade_guest import FREE, CallOptions, Model, Provider, chat, export


@export
class HelloPython(Provider, chat.Chat):
    name = "hello-python"
    summary = "Greets whoever speaks to it."
    models = [Model("greeter", prices=FREE)]

    def reply(self, request: chat.Request, options: CallOptions) -> chat.Reply:
        yield "Hello, "
        yield f"{request.prompt}!"
