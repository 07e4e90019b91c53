"""Write a Palisade provider in Python: a class for the provider and its capabilities, and :func:`export`.

    from palisade_guest import CallOptions, Provider, chat, export

    @export
    class Hello(Provider, chat.Chat):
        name = "hello"
        models = ["greeter"]

        def reply(self, request: chat.Request, options: CallOptions) -> chat.Reply:
            return f"Hello, {request.prompt}!"

There is a module for each capability, with its types and the class to subclass; work that takes longer than a call is in ``jobs``.

``palisade build`` makes a component of it. Outside of a component, the same classes can be called and tested: settings come from
``config.set_in_test``, credentials from ``credentials.set_in_test``, answers of upstreams from ``http.set_in_test``, and who answers
for stores from ``stores.set_in_test``.

Within a component, ``print`` and ``logging`` go to the log of the host. There are no files, no sockets and no threads; only modules
that were imported when it was built are there, so import at the top.
"""

from . import (
    chat,
    config,
    credentials,
    custom,
    embedding,
    http,
    image_edit,
    image_to_text,
    image_to_video,
    image_upscale,
    jobs,
    key_value,
    moderation,
    progress,
    rerank,
    speech_to_text,
    stores,
    text_to_image,
    text_to_image_job,
    text_to_speech,
    text_to_video,
)
from .catalog import (
    FREE,
    SEED,
    Cancellation,
    Choice,
    FailureBilling,
    Flag,
    FloatRange,
    IntRange,
    Model,
    ParamSpec,
    Price,
    PriceWhen,
    Quota,
    Schema,
    Text,
)
from .failure import (
    Auth,
    BadOutput,
    Cancelled,
    ContentPolicy,
    Failure,
    InsufficientCredit,
    Internal,
    InvalidInput,
    LimitExceeded,
    ModelNotFound,
    Overloaded,
    RateLimited,
    Submitted,
    Unsupported,
    Upstream,
    UpstreamTimeout,
)
from .media import Aspect, Content, Dimensions, Image, Media, Pixels
from .options import CallOptions, Warnings
from .provider import Capability, Provider, capabilities_of, export, exported
from .usage import AdjustedParameter, IgnoredParameter, Usage, Warning

__version__ = "0.1.0"
