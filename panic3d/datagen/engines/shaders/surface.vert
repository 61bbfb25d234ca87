#version 330 core
layout(location = 0) in vec3 position;
layout(location = 1) in vec2 texcoord;
#ifdef VERTEX_COLOURS
layout(location = 2) in vec4 vertex_colour;
out vec4 colour_linear;
#endif

uniform mat4 clip_from_head;
uniform vec4 depth_from_head;

out vec2 uv;
out float depth_m;
invariant gl_Position;  // passes compare depths for equality

void main()
{
    gl_Position = clip_from_head * vec4(position, 1.0);
    depth_m = dot(depth_from_head, vec4(position, 1.0));
    uv = texcoord;
#ifdef VERTEX_COLOURS
    colour_linear = vertex_colour;
#endif
}
