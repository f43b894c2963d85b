"""What is written about a test: log, events, evidence, JUnit, the page."""
