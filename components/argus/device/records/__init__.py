"""What is kept of visits for some days, so that they can be explained and corrected."""
