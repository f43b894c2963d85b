"""Tests of `test_driver.guest`."""
