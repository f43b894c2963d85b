"""Tests of `test_driver.pytest_plugin`."""
