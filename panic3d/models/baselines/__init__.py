"""Methods to be beaten: the sanity methods, which know the training heads and hardly look at the portrait."""
