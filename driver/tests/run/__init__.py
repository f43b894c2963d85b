"""Tests of `test_driver.run`."""
