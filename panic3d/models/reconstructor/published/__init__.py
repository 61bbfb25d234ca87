"""The published way from a portrait to pictures and a mesh."""
