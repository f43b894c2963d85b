"""Tests of `test_driver.report`."""
