"""What a person would see and type: screens, recordings, text on them, keyboards."""
