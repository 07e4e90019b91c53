"""What capabilities share, from the types of the interface to those of the SDK and back."""

from __future__ import annotations

import json
import logging
import traceback
from dataclasses import fields
from typing import Any, Callable, Dict, Iterable, List, Optional, TypeVar

from componentize_py_types import Err
from wit_world.imports import blobs, types

from .. import failure as failures
from ..failure import Failure, Internal, Submitted
from ..media import Aspect, Content, Dimensions, Image, Media, Pixels
from ..options import CallOptions
from ..stores import StoreError
from ..text_to_image import Request as ImageRequest
from ..usage import AdjustedParameter, IgnoredParameter, Usage, Warning

T = TypeVar("T")

INLINE_MAX = 1 << 20
"""What is larger goes to the host as a blob: what is inline counts against smaller limits."""

CHUNK = 1 << 20
"""What the host gives and takes of a blob at one time."""


def call(function: Callable[..., T], *arguments: Any) -> T:
    """Calls what an author wrote, and tells the host why it failed."""
    try:
        return function(*arguments)
    except Err:
        raise
    except Failure as failure:
        raise Err(lower_failure(failure)) from None
    except Exception as error:
        logging.getLogger("palisade_guest").error("%s", "".join(traceback.format_exception(error)).strip())
        text = f"{type(error).__name__}: {error}"
        raise Err(lower_failure(Internal(text))) from None


def record(raw: Any) -> Dict[str, Any]:
    """The fields of a generated record, as they are."""
    return {field.name: getattr(raw, field.name) for field in fields(raw)}


def heeded(provider: Any, options: CallOptions, given: Dict[str, bool]) -> List[Warning]:
    """Warns of parameters that were given and that the model does not list; fails where the caller is strict."""
    listed = provider.parameters(options.model)
    warnings = options.warnings()
    for name, is_given in given.items():
        if is_given and listed is not None and name not in listed:
            warnings.ignored(name)
    return warnings


def given(request: Any, names: List[str]) -> Dict[str, bool]:
    """Which of the parameters that a model may list a request has."""
    values = {name: getattr(request, name.replace("-", "_")) for name in names}
    return {name: value is not None and value != [] for name, value in values.items()}


def merged(unlisted: List[Warning], own: List[Warning]) -> List[Warning]:
    """The warnings of the SDK, but for what the provider has said something of, and then the provider's."""
    said = {warning.name for warning in own if not isinstance(warning, str)}
    return [*(warning for warning in unlisted if warning.name not in said), *own]


def told(unlisted: List[Warning], response: Any) -> List[Any]:
    """What a response warns of, as the interface has it."""
    return lower_warnings(merged(unlisted, response.warnings))


def lift_options(raw: Any) -> CallOptions:
    own = {option.key: json.loads(option.json) for option in raw.provider_options}
    return CallOptions(**{**record(raw), "provider_options": own})


def lift_media(raw: Any) -> Media:
    if isinstance(raw, types.Media_Inline):
        return Media(raw.value.media_type, raw.value.data)
    blob = raw.value
    return Media(blob.info().media_type, lambda: read_blob(blob))


def read_blob(blob: Any) -> bytes:
    """All the bytes of a blob."""
    data = bytearray()
    while chunk := blob.read(len(data), CHUNK):
        data += chunk
    return bytes(data)


def lower_media(media: Media) -> Any:
    data = media.data
    if len(data) <= INLINE_MAX:
        return types.Media_Inline(types.InlineMedia(media.media_type, data))
    writer = blobs.BlobWriter(media.media_type)
    for start in range(0, len(data), CHUNK):
        writer.write(data[start : start + CHUNK])
    return types.Media_Stored(blobs.BlobWriter.finish(writer))


def lift_content(raw: Any) -> Content:
    return raw.value if isinstance(raw, types.Content_Text) else lift_media(raw.value)


def lift_dimensions(raw: Any) -> Dimensions:
    if isinstance(raw, types.Dimensions_Auto):
        return None
    return (Pixels if isinstance(raw, types.Dimensions_Pixels) else Aspect)(*raw.value)


IMAGE_PARAMETERS = ["negative-prompt", "resolution", "quality", "seed", "references", "mask"]


def lift_image_request(raw: Any) -> ImageRequest:
    """Which pictures to make, at once or as a job."""
    fields = record(raw)
    fields["size"] = lift_dimensions(raw.size)
    fields["references"] = [lift_media(media) for media in raw.references]
    fields["mask"] = None if raw.mask is None else lift_media(raw.mask)
    return ImageRequest(**fields)


def lift_film(raw: Any) -> Dict[str, Any]:
    """The fields of a request for films, whatever they are made from."""
    fields = record(raw)
    fields["size"] = lift_dimensions(raw.size)
    fields["references"] = [lift_media(media) for media in raw.references]
    for name in ("first_frame", "last_frame"):
        fields[name] = None if fields[name] is None else lift_media(fields[name])
    return fields


def lower_image(image: Image) -> Any:
    return types.Image(lower_media(image.content), image.width, image.height, image.seed, image.revised_prompt)


def lower_usage(usage: Optional[Usage]) -> Any:
    usage = usage or Usage()
    items = [types.UsageItem(unit, float(quantity)) for unit, quantity in usage.items.items()]
    return types.Usage(items, usage.reported_pico_usd)


def lower_warnings(warnings: Iterable[Warning]) -> List[Any]:
    return [lower_warning(warning) for warning in warnings]


def lower_warning(warning: Warning) -> Any:
    if isinstance(warning, IgnoredParameter):
        return types.Warning_IgnoredParameter(warning.name)
    if isinstance(warning, AdjustedParameter):
        return types.Warning_AdjustedParameter((warning.name, warning.used))
    return types.Warning_Note(str(warning))


SUBMITTED = {
    Submitted.NO: types.Submitted.NO,
    Submitted.YES: types.Submitted.YES,
    Submitted.UNKNOWN: types.Submitted.UNKNOWN,
}


def lower_failure(failure: Failure) -> Any:
    if isinstance(failure, StoreError):
        failure = failure.as_failure()
    usage = None if failure.usage is None else lower_usage(failure.usage)
    submitted = SUBMITTED[failure.submitted]
    return types.Failure(lower_kind(failure), failure.message, submitted, failure.upstream_id, usage)


def lower_kind(failure: Any) -> Any:
    # The more special first: LimitExceeded is an InvalidInput.
    if isinstance(failure, failures.LimitExceeded):
        return types.FailureKind_LimitExceeded(types.BadInput(failure.field, failure.reason))
    if isinstance(failure, failures.InvalidInput):
        return types.FailureKind_InvalidInput(types.BadInput(failure.field, failure.reason))
    if isinstance(failure, failures.Unsupported):
        return types.FailureKind_Unsupported(failure.features)
    if isinstance(failure, failures.ContentPolicy):
        return types.FailureKind_ContentPolicy(failure.category)
    if isinstance(failure, failures.RateLimited):
        return types.FailureKind_RateLimited(types.RateLimit(failure.retry_after_ms, failure.limit_scope))
    if isinstance(failure, failures.Overloaded):
        return types.FailureKind_Overloaded(failure.retry_after_ms)
    if isinstance(failure, failures.Upstream):
        return types.FailureKind_Upstream(failure.status)
    if isinstance(failure, failures.BadOutput):
        return types.FailureKind_BadOutput(failure.message)
    plain = {
        failures.Auth: types.FailureKind_Auth,
        failures.InsufficientCredit: types.FailureKind_InsufficientCredit,
        failures.ModelNotFound: types.FailureKind_ModelNotFound,
        failures.UpstreamTimeout: types.FailureKind_Timeout,
        failures.Cancelled: types.FailureKind_Cancelled,
    }
    for kind, lowered in plain.items():
        if isinstance(failure, kind):
            return lowered()
    return types.FailureKind_Internal(failure.message)
