"""How well line removers turn drawings into their true renders."""
