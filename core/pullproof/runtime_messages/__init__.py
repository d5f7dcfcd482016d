"""What container runtimes, kubelets and tools say about a pull, read.

``read_message`` finds the leaf that decides, by an order that resolves overlaps; ``read_waiting``
reads a container's waiting state. Pure, never raising, in bounded time on any input.
"""

from pullproof.runtime_messages.reading import read_message
from pullproof.runtime_messages.waiting import read_waiting

__all__ = ["read_message", "read_waiting"]
