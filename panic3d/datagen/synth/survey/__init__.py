"""Tools that look at generated characters: sheets and variety figures."""
