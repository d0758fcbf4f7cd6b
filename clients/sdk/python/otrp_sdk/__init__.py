"""The OTrP Suite's REST interface for service providers (docs/sdk.md)."""

from otrp_sdk import models
from otrp_sdk.client import Client
from otrp_sdk.errors import NoAnswerError, OtrpError, ProblemError
from otrp_sdk.uploads import upload
from otrp_sdk.webhooks import Event, WebhookError, verify

__all__ = ["Client", "Event", "NoAnswerError", "OtrpError", "ProblemError",
           "WebhookError", "models", "upload", "verify"]
