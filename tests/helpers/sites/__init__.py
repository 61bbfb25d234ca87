"""Sites on this machine that answer as the real ones do, and trees laid out as the authors'."""
