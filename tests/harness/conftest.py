"""Ctrl-C counts in these tests, however the run was started."""

import signal

import pytest


@pytest.fixture(autouse=True)
def ctrl_c_counts():
    """A shell that runs us in the background has SIGINT ignored, and Python leaves it so."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
