"""The published inference, from a portrait to stitched views and a mesh."""
