"""``jobs``, between the host and :class:`palisade_guest.jobs.Jobs`. The host's token holds the ticket and what was found at first."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Tuple

import wit_world.exports as exports
from wit_world.exports import jobs

from .. import jobs as ours
from ..failure import Internal
from ..options import CallOptions
from ..provider import exported
from ..usage import IgnoredParameter, Warning
from .convert import (
    call,
    heeded,
    lift_options,
    lower_failure,
    lower_media,
    lower_usage,
    lower_warnings,
    merged,
    record,
)
from .host import enter

CANCELS = {
    ours.CancelResult.CANCELLED: jobs.CancelResult.CANCELLED,
    ours.CancelResult.TOO_LATE: jobs.CancelResult.TOO_LATE,
    ours.CancelResult.UNSUPPORTED: jobs.CancelResult.UNSUPPORTED,
}


def submitted(work: Callable[[Any, CallOptions], Any], request: Any, options: Any, given: Dict[str, bool]) -> bytes:
    """Has an author's function submit work, and gives the token for it."""

    def token() -> bytes:
        lifted = lift_options(options)
        ignored = [warning.name for warning in heeded(exported(), lifted, given)]
        return json.dumps({"ticket": work(request, lifted), "ignored": ignored}).encode()

    return call(token)


def read(token: bytes) -> Tuple[Any, List[Warning]]:
    """The ticket of a token, and the warnings from when it was made."""
    try:
        held = json.loads(token)
        return held["ticket"], [IgnoredParameter(name) for name in held["ignored"]]
    except (ValueError, KeyError, TypeError) as error:
        raise Internal(f"the token cannot be read: {error!r}") from None


class Jobs(exports.Jobs):
    def poll(self, token: bytes) -> Any:
        enter()
        ticket, warnings = call(read, token)
        return lower_state(call(exported().poll, ticket), warnings)

    def cancel(self, token: bytes) -> Any:
        enter()
        ticket, _ = call(read, token)
        return CANCELS[call(exported().cancel, ticket)]


def lower_state(state: ours.State, warnings: List[Warning]) -> Any:
    if isinstance(state, ours.Succeeded):
        told = lower_warnings(merged(warnings, state.warnings))
        outputs = [lower_output(output) for output in state.outputs]
        return jobs.State_Succeeded(jobs.Outcome(outputs, lower_usage(state.usage), told))
    if isinstance(state, ours.Failed):
        return jobs.State_Failed(lower_failure(state.failure))
    if isinstance(state, ours.Stopped):
        return jobs.State_Cancelled(None if state.usage is None else lower_usage(state.usage))
    if isinstance(state, ours.Expired):
        return jobs.State_Expired()
    preview = None if state.preview is None else lower_media(state.preview)
    progress = jobs.JobProgress(**{**record(state), "preview": preview})
    return jobs.State_Queued(progress) if isinstance(state, ours.Queued) else jobs.State_Running(progress)


def lower_output(output: ours.Output) -> Any:
    seconds = None if output.seconds is None else float(output.seconds)
    return jobs.Output(**{**record(output), "content": lower_media(output.content), "seconds": seconds})
