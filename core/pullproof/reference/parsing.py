"""The kubelet's verdict on a text, and what a person needs to know about a refusal."""

from pullproof.reference.faults import describe
from pullproof.reference.grammar import take_apart
from pullproof.reference.mends import mend
from pullproof.reference.values import InvalidReference, Reference


def parse_reference(text: str) -> Reference:
    """Read a reference as the kubelet does. Raises InvalidReference.

    >>> parse_reference("nginx").normalized
    'docker.io/library/nginx'
    """
    found = take_apart(text)
    if isinstance(found, Reference):
        return found
    fault = describe(text, found)
    raise InvalidReference(
        text=text,
        kind=found,
        message=fault.message,
        position=fault.position,
        suggestion=mend(text),
    )
