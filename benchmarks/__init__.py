"""What the library promises about speed, measured side by side with others."""
