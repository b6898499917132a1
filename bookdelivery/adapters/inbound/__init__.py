"""Ways in: what turns somebody's wish into a command."""
