"""What a check found, in the formats in which services for code review read it, a module for each."""
