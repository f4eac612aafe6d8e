"""The test suite; see docs/architecture.md for what each folder holds."""
