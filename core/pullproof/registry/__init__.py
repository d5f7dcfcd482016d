"""The pull side of the distribution protocol, as a node's runtime speaks it; start at ``probe``.

What a registry does is a value here, never an error. Files that compute: ``addresses``,
``challenge``, ``bodies``, ``endpoints``, ``failures``, ``judging``, ``messages``, ``proxies``,
``showing``, ``tokens``, ``vendors``, ``breaker``. Files that touch the world: ``dialing``, ``tls``,
``pools``, ``client``, ``probe``.
"""
