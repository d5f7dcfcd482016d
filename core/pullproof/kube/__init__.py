"""The Kubernetes API: what we need of a cluster (gateway) and how it is got (api).

The only place that imports ``kubernetes``.
"""
