"""Tests of `test_driver.suite_run`."""
