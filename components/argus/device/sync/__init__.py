"""Following collections that are kept elsewhere: each whole and verified, on the disk first, then in memory."""
