"""The capability ``text-to-image``, where pictures take longer than a call. The work is a job: see :mod:`.jobs`."""

from __future__ import annotations

from abc import abstractmethod

from .jobs import Jobs, Ticket
from .options import CallOptions
from .text_to_image import Request

__all__ = ["Request", "TextToImageJob"]


class TextToImageJob(Jobs):
    """Serves ``text-to-image`` as a job."""

    interface = "text-to-image-job"

    @abstractmethod
    def submit_text_to_image(self, request: Request, options: CallOptions) -> Ticket:
        """Submits the work, once, and gives what finds it again."""
