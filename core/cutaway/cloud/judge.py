"""What is refused before it is paid."""

from __future__ import annotations

from cutaway.errors import CloudTooExpensive


def too_expensive(credits: int, most: int) -> CloudTooExpensive | None:
    """The error for a picture that costs more than the user's limit; None for one that does not."""
    if credits <= most:
        return None
    return CloudTooExpensive(
        f"This picture would cost {credits_said(credits)}, and your limit is {most}.",
        "Raise the limit of credits, or use the engine on this computer.")


def credits_said(credits: int) -> str:
    """>>> credits_said(1), credits_said(2)
    ('1 credit', '2 credits')
    """
    return f"{credits} credit" if credits == 1 else f"{credits} credits"
