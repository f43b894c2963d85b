"""Tests of `test_driver.snapshot`."""
