"""Pages of assessments: the questions, what the frameworks advise, recorded assessments, the frameworks."""
