"""A package that a test takes."""
