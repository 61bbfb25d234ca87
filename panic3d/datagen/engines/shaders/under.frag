#version 330 core
// A layer that is blended under the nearer ones.
uniform sampler2D layer;
layout(location = 0) out vec4 premultiplied_linear;

void main()
{
    premultiplied_linear = texelFetch(layer, ivec2(gl_FragCoord.xy), 0);
}
