"""What a user says about a character, which neither the network nor the search changes."""
