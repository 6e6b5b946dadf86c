"""Events that wait for the cloud, and how they get there: nothing that was decided is lost, nothing is told twice."""
