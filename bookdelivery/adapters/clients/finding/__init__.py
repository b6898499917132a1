"""Finding other services: by a fixed address, the environment or DNS; and taking turns among their places."""
