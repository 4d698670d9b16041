"""Pages of milestones: logging, correcting, retracting, the list and one milestone with its versions."""
