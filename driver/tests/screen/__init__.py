"""Tests of `test_driver.screen`."""
