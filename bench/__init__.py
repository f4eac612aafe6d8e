"""Measures the running servers over HTTP: `make bench`."""
