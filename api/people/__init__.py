"""People: their routes, erasure, the export of personal data, and checks of the people that a milestone names."""
