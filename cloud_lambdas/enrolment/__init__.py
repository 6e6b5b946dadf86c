"""From a photo in the bucket to a verdict to a face in the table, and back when the photo or the person goes."""
