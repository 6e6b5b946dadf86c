"""What devices say of themselves, who is silent, and what devices are told to do."""
