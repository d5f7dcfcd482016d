"""pullproof looks at an image the way the kubelet would, and says what is wrong in one vocabulary.

Pure first: ``registry``, ``kube``, ``gather``, ``logins`` and ``cli`` touch the world. Every other
module or package here is pure: time, environment and randomness come in as arguments, and what a
function has to say, it returns. The import layers in ``pyproject.toml`` hold that.
"""
