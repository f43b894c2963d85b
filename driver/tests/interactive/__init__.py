"""Tests of `test_driver.interactive`."""
