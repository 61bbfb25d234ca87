"""Avatar files in, posed characters in the head frame out. Imports no bpy."""
