"""The page behind a link in an alert, and the way from there to the picture."""
