"""How a device is configured: typed, validated as a whole, applied while it runs."""
