"""Pictures of those who were seen, on their way to the cloud."""
