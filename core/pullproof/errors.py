"""The errors that a caller can do something about.

* PullproofError
  x InvalidReference     (pullproof.reference) an image reference that the kubelet would refuse
  x InvalidDigest        (pullproof.digest)
  x InvalidPlatform      (pullproof.platforms)
  x InvalidManifest      (pullproof.manifest) bytes that are no manifest or index
  x InvalidSecret        (pullproof.credentials) a pull secret that makes the kubelet fail the Pod
  x InvalidSettings      (pullproof.settings)
  x InvalidReview        (pullproof.review) bytes that are no AdmissionReview
  x ClusterError         (pullproof.kube) what the API server would not do
    - ClusterNotFound, ClusterForbidden, ClusterConflict, ClusterGone, ClusterUnreachable

What a registry or a node does is a value (``pullproof.evidence``), never an error: it is what we
came to learn. Each class stands in the module that raises it; this one holds the root.
"""


class PullproofError(Exception):
    """The root: ``except PullproofError`` at a program's edge catches all that we raise."""
