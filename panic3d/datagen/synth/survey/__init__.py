"""Tools that inspect generated characters: contact sheets and figures of their variety."""
