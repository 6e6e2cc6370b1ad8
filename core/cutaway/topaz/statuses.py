"""The one table from an HTTP status, and where it came, to what the user is told and whether to try again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from cutaway.errors import (
    CloudAnswerBad,
    CloudBusy,
    CloudError,
    CloudForbidden,
    CloudJobUnknown,
    CloudKeyRefused,
    CloudNoCredits,
    CloudNoSubscription,
    CloudNotReady,
    CloudOutcomeUnknown,
    CloudRefused,
    CloudUnreachable,
)

Where = Literal["submit", "status", "list", "download", "cancel", "delete", "estimate", "balance", "storage"]
PLACES: Final[tuple[Where, ...]] = (
    "submit", "status", "list", "download", "cancel", "delete", "estimate", "balance", "storage")
SLOWLY: Final = 425
"""The status after which the wait starts longer: a top-up of credits takes its time."""


@dataclass(frozen=True)
class Meaning:
    """``retry``: whether the same request may be sent again; a submit that may have made a job never is."""

    error: type[CloudError]
    message: str
    hint: str
    retry: bool = False


_KEPT = "Topaz keeps jobs and their results for 7 days."
_LATER = "Try again later."
_FIND = "Look for the job before sending the picture again: it may be paid already."

_EVERYWHERE: Final[dict[int, Meaning]] = {
    400: Meaning(CloudRefused, "Topaz refused the request.", "Try the other Topaz model or answer."),
    401: Meaning(CloudKeyRefused, "Topaz does not accept the API key.",
                 "Check the key on Topaz's page and set it again with: cutaway key set"),
    402: Meaning(CloudNoCredits, "There are not enough Topaz credits left.", "Buy credits on Topaz's page."),
    403: Meaning(CloudForbidden, "The API key may not do this.", "Check on Topaz's page what the key is allowed."),
    404: Meaning(CloudJobUnknown, "Topaz does not know this job, or no longer.", _KEPT),
    408: Meaning(CloudUnreachable, "The connection to Topaz is too slow.", _LATER, retry=True),
    409: Meaning(CloudNotReady, "The job is not in a state that allows this.", "Wait for the job to end."),
    412: Meaning(CloudNoSubscription, "The Topaz account has no API subscription.", "Choose a plan on Topaz's page."),
    413: Meaning(CloudRefused, "The picture is too large for Topaz.", "Make it smaller, at most 500 MB."),
    415: Meaning(CloudRefused, "Topaz cannot read the picture.", "Send a whole PNG, JPEG or TIFF."),
    422: Meaning(CloudRefused, "Topaz does not take a picture of these dimensions.",
                 "Use 1 to 32000 pixels a side."),
    425: Meaning(CloudBusy, "Topaz is topping up the account's credits.", "Try again in a minute.", retry=True),
    429: Meaning(CloudBusy, "Topaz has too many requests just now.", _LATER, retry=True),
    500: Meaning(CloudUnreachable, "Topaz's server had an error.", _LATER, retry=True),
    502: Meaning(CloudUnreachable, "Topaz's server cannot be reached behind its gateway.", _LATER, retry=True),
    503: Meaning(CloudUnreachable, "Topaz's service is not available just now.", _LATER, retry=True),
    504: Meaning(CloudUnreachable, "Topaz's server did not answer its gateway in time.", _LATER, retry=True),
}

_UNKNOWN_OUTCOME: Final = Meaning(
    CloudOutcomeUnknown, "Topaz's answer to the upload is lost, so a job may have been made or not.", _FIND)
_ADDRESS: Final = Meaning(
    CloudRefused, "There is no such service at Topaz's address.", "Check CUTAWAY_TOPAZ_URL, or unset it.")
_LINK: Final = Meaning(CloudJobUnknown, "The link to the result does not work any more.", _KEPT)
_NO_RESULT: Final = Meaning(CloudAnswerBad, "Topaz's storage does not give the result.", _LATER)

_HERE: Final[dict[tuple[int, Where], Meaning]] = {
    **{(status, "submit"): _UNKNOWN_OUTCOME for status in (408, 500, 502, 503, 504)},
    **{(404, where): _ADDRESS for where in ("submit", "list", "estimate", "balance")},
    (409, "download"): Meaning(CloudNotReady, "The result is not ready yet.", "Wait for the job to end."),
    (409, "cancel"): Meaning(CloudNotReady, "It is too late to cancel the job.", "The job will be finished and paid."),
    **{(status, "storage"): _LINK for status in (403, 404, 410)},
    **{(status, "storage"): _NO_RESULT for status in (400, 401, 402, 409, 412, 413, 415, 422)},
}

_BY_HUNDREDS: Final[dict[int, Meaning]] = {
    4: Meaning(CloudRefused, "Topaz refused the request.", "If it happens again, a newer Cutaway may help."),
    5: Meaning(CloudUnreachable, "Topaz's server had an error.", _LATER, retry=True),
}
_NO_ANSWER: Final = Meaning(
    CloudAnswerBad, "Something other than Topaz's service answered.",
    "Check the network: a proxy or a sign-in page may stand between.")

DOCUMENTED: Final = frozenset(_EVERYWHERE) - {408}
"""The contract's own statuses."""


def good(status: int) -> bool:
    """Whether the request was taken: 200 to 299."""
    return 200 <= status <= 299


def meaning(status: int, where: Where) -> Meaning:
    """What a status that is not :func:`good` means there. Statuses that nobody documented go by their hundreds.

    >>> meaning(503, "status").retry, meaning(503, "submit").retry
    (True, False)
    """
    if (status, where) in _HERE:
        return _HERE[status, where]
    if status in _EVERYWHERE:
        return _EVERYWHERE[status]
    hundreds = status // 100
    if where == "storage" and hundreds == 4:
        return _NO_RESULT
    if where == "submit" and hundreds != 4:
        return _UNKNOWN_OUTCOME
    return _BY_HUNDREDS.get(hundreds, _NO_ANSWER)
