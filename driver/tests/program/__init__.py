"""Tests of `test_driver.program`."""
