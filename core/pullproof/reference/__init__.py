"""Image references: the grammar of distribution/reference, as the kubelet uses it.

``parse_reference`` is the kubelet's verdict, exactly (a differential test runs both parsers side by
side). What is malformed is explained, with the mend where there is exactly one; what is valid but
suspicious gets hints, never errors.
"""

from pullproof.reference.parsing import parse_reference
from pullproof.reference.suspicions import Hint, HintKind, hints
from pullproof.reference.values import InvalidReference, Reference, ReferenceErrorKind

__all__ = [
    "Hint",
    "HintKind",
    "InvalidReference",
    "Reference",
    "ReferenceErrorKind",
    "hints",
    "parse_reference",
]
