"""Faces in a picture: detectors, landmarks, and the pose of a face."""
