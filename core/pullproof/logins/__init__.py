"""The logins of whoever runs the command line: what ``docker login`` and ``podman login`` left behind.

Only the command line uses them; webhook and operator see what the kubelet sees. ``files`` reads the
files, ``helpers`` asks credential helpers, ``finding`` puts both together.
"""

from pullproof.logins.finding import Logins

__all__ = ["Logins"]
