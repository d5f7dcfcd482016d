"""Gathering, alike for all three programs: budget, single flight, side by side.

It stands between the programs and ``kube | registry``, and takes both as Protocols.
"""
