"""For all tests."""

collect_ignore = ["support"]
