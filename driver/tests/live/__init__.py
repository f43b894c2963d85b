"""Tests of `test_driver.live`."""
