"""Tests of `test_driver.stateful`."""
