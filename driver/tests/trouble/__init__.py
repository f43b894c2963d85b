"""Tests of `test_driver.trouble`."""
