"""Fakes of remote services, for practice and tests. None of them is the real thing."""
