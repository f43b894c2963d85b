"""Tests of `test_driver.script`."""
