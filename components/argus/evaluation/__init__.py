"""How well recognition does on given pictures: measured, reported and drawn."""
