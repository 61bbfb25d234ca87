"""The claims of the paper put to the test at small scale: its ideas switched off one at a time, seed by seed."""
