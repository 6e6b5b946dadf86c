"""What people do with a deployed stack from a terminal, with their own credentials."""
