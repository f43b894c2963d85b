"""Tests of `test_driver.faults`."""
