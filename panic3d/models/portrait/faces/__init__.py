"""Faces in a picture: detectors, landmarks, and how a face is held."""
