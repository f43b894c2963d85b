"""Tests of `test_driver.machine`."""
