"""Read avatar files into posed characters in the head frame. Imports no bpy."""
