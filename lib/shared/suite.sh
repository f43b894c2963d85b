# Write the folder of a suite, from its document with the runs of all tests. $python is the driver's.
PYTHONDONTWRITEBYTECODE=1 "$python" -P -m test_driver.suite.write --document "$documentPath" --output "$out"
