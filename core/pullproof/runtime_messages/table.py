"""The order in which the rules are tried; the first that fits decides.

Leaves overlap: a text about DNS ends in "i/o timeout" too, one about platforms in "not found", and a
refused login quotes "pull access denied". What says more stands before what says less.
"""

from pullproof.runtime_messages import (
    absence_rules,
    access_rules,
    content_rules,
    network_rules,
    node_rules,
    policy_rules,
    reference_rules,
    tls_rules,
)
from pullproof.runtime_messages.rules import Rule

TABLE: tuple[Rule, ...] = (
    *policy_rules.POLICY,
    *reference_rules.REFERENCE,
    *access_rules.SECRET,
    *node_rules.KUBELET,
    *node_rules.DISK,
    *content_rules.PLATFORM,
    *content_rules.FORMAT,
    *node_rules.SOCKETS,
    *node_rules.FILESYSTEM,
    *content_rules.STORE,
    *content_rules.DOWNLOAD,
    *content_rules.NO_MANIFEST,
    *node_rules.UNPACKING,
    *node_rules.RUNTIME,
    *access_rules.LIMIT,
    *tls_rules.PROXY,
    *tls_rules.CERTIFICATE_TIME,
    *tls_rules.TLS,
    *network_rules.DNS,
    *network_rules.SOCKET,
    *node_rules.INSPECTING,
    *access_rules.REJECTED,
    *content_rules.LOST,
    *absence_rules.MANIFEST,
    *absence_rules.REPOSITORY,
    *access_rules.UNAUTHENTICATED,
    *access_rules.DENIED,
    *absence_rules.SERVER,
    *access_rules.SCHEME,
    *absence_rules.NOT_FOUND,
    *node_rules.ABSENT_LOCALLY,
    *network_rules.CANCELLED,
    *content_rules.BROKEN_OFF,
    *absence_rules.NOT_FOUND_BY_CODE,
    *absence_rules.NOT_A_REGISTRY,
)
