"""The program on a device: what runs, in which order it starts and stops, and what it says of itself."""
