"""Every error that Cutaway raises, as one tree.

    CutawayError
    +-- InputError                 the picture or the settings cannot be used
    |   +-- PictureUnreadable      not a picture, damaged, or not readable by this user
    |   +-- PictureUnsupported     a picture, but of a kind that has no single cut-out (an animation, ...)
    |   +-- PictureEmpty           no pixels, or nothing visible in them
    |   +-- SettingsInvalid        a value out of range, an unknown name
    +-- OutputError                the result cannot be put where it was asked for
    |   +-- TargetExists           would overwrite
    |   +-- TargetNotWritable      no permission, a folder, an impossible format
    |   +-- DiskFull
    +-- ModelError
    |   +-- ModelUnknown           not in the catalogue
    |   +-- ModelMissing           in the catalogue, not on this computer
    |   +-- ModelDamaged           the file is not what the catalogue says
    |   +-- ModelDownloadFailed    no source worked
    +-- EngineError                the engine failed on a good picture
    |   +-- OutOfMemory
    |   +-- CloudError             the cloud service, or the way to it
    |       +-- CloudKeyMissing        no API key is set
    |       +-- CloudKeyRefused        401: the key is wrong
    |       +-- CloudForbidden         403: the key may not do this
    |       +-- CloudNoCredits         402
    |       +-- CloudNoSubscription    412
    |       +-- CloudRefused           400, 413, 415, 422: the request or the picture is not taken
    |       +-- CloudJobUnknown        404: unknown or expired
    |       +-- CloudNotReady          409: no result yet, or too late to cancel
    |       +-- CloudBusy              425, 429, still after waiting
    |       +-- CloudUnreachable       no connection, a time-out, 5xx
    |       +-- CloudAnswerBad         an answer that is not what the contract says
    |       +-- CloudJobFailed         the job was taken and then failed or was cancelled there
    |       +-- CloudDeadline          the job is not done yet; it is kept and can be resumed
    |       +-- CloudOutcomeUnknown    the answer to a submit was lost: a job may exist
    |       +-- CloudNotAllowed        the user has not agreed to the upload
    |       +-- CloudTooExpensive      over the user's own limit of credits
    +-- WorkerError
    |   +-- WorkerLost             the process ended in mid-job
    |   +-- WorkerBusy             it is stopping, or has no room for another job
    |   +-- ProtocolError          a message that the protocol does not allow
    |   +-- VersionMismatch        the two ends are of different versions
    +-- Cancelled                  the user asked for it

Each class has a stable ``code``: it crosses the wire, and tests and scripts may rely on it. ``message`` is one
sentence for the user, ``hint`` says what to do about it. Neither ever holds a secret.
"""

from __future__ import annotations


class CutawayError(Exception):
    """Base of the tree. ``message`` says what happened, ``hint`` what to do."""

    code = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class InputError(CutawayError):
    code = "input"


class PictureUnreadable(InputError):
    code = "picture_unreadable"


class PictureUnsupported(InputError):
    code = "picture_unsupported"


class PictureEmpty(InputError):
    code = "picture_empty"


class SettingsInvalid(InputError):
    code = "settings_invalid"


class OutputError(CutawayError):
    code = "output"


class TargetExists(OutputError):
    code = "target_exists"


class TargetNotWritable(OutputError):
    code = "target_not_writable"


class DiskFull(OutputError):
    code = "disk_full"


class ModelError(CutawayError):
    code = "model"


class ModelUnknown(ModelError):
    code = "model_unknown"


class ModelMissing(ModelError):
    code = "model_missing"


class ModelDamaged(ModelError):
    code = "model_damaged"


class ModelDownloadFailed(ModelError):
    code = "model_download_failed"


class EngineError(CutawayError):
    code = "engine"


class OutOfMemory(EngineError):
    code = "out_of_memory"


class CloudError(EngineError):
    """``process_id``: the service's job that this is about, or ""."""

    code = "cloud"

    def __init__(self, message: str, hint: str = "", *, process_id: str = "") -> None:
        super().__init__(message, hint)
        self.process_id = process_id


class CloudKeyMissing(CloudError):
    code = "cloud_key_missing"


class CloudKeyRefused(CloudError):
    code = "cloud_key_refused"


class CloudForbidden(CloudError):
    code = "cloud_forbidden"


class CloudNoCredits(CloudError):
    code = "cloud_no_credits"


class CloudNoSubscription(CloudError):
    code = "cloud_no_subscription"


class CloudRefused(CloudError):
    code = "cloud_refused"


class CloudJobUnknown(CloudError):
    code = "cloud_job_unknown"


class CloudNotReady(CloudError):
    code = "cloud_not_ready"


class CloudBusy(CloudError):
    code = "cloud_busy"


class CloudUnreachable(CloudError):
    code = "cloud_unreachable"


class CloudAnswerBad(CloudError):
    code = "cloud_answer_bad"


class CloudJobFailed(CloudError):
    code = "cloud_job_failed"


class CloudDeadline(CloudError):
    code = "cloud_deadline"


class CloudOutcomeUnknown(CloudError):
    """``filename``: the name under which the picture was sent, by which its job can be found."""

    code = "cloud_outcome_unknown"

    def __init__(self, message: str, hint: str = "", *, process_id: str = "", filename: str = "") -> None:
        super().__init__(message, hint, process_id=process_id)
        self.filename = filename


class CloudNotAllowed(CloudError):
    code = "cloud_not_allowed"


class CloudTooExpensive(CloudError):
    code = "cloud_too_expensive"


class WorkerError(CutawayError):
    code = "worker"


class WorkerLost(WorkerError):
    code = "worker_lost"


class WorkerBusy(WorkerError):
    code = "worker_busy"


class ProtocolError(WorkerError):
    code = "protocol"


class VersionMismatch(WorkerError):
    code = "version_mismatch"


class Cancelled(CutawayError):
    code = "cancelled"

    def __init__(self, message: str = "Cancelled.", hint: str = "") -> None:
        super().__init__(message, hint)


def tree(root: type[CutawayError] = CutawayError) -> dict[str, type[CutawayError]]:
    """Every class of the tree by its code."""
    found = {root.code: root}
    for child in root.__subclasses__():
        found.update(tree(child))
    return found
