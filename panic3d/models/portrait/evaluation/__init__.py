"""Errors of face detection, alignment and matting on generated drawings, whose truth is known."""
