#version 330 core
// A surface's unlit colour in one of three passes. OPAQUE: opaque fragments. LAYER: the nearest transparent fragment
// behind the previous layers. CENTRE: depth and triangle at a pixel's centre.
in vec2 uv;
in float depth_m;
#ifdef VERTEX_COLOURS
in vec4 colour_linear;
#endif

uniform sampler2D base_colour;
uniform vec4 factor_linear;
uniform float min_opacity;
uniform float opaque_from;
uniform sampler2D layer_before;
uniform sampler2D opaque;
uniform int first_triangle;

#ifdef OPAQUE_PASS
layout(location = 0) out vec4 encoded;
#endif
#ifdef LAYER_PASS
layout(location = 0) out vec4 premultiplied_linear;
#endif
#ifdef CENTRE_PASS
layout(location = 0) out float plane_depth_m;
layout(location = 1) out int triangle;
#endif

// IEC 61966-2-1, its power function as a polynomial with an error below 0.01 / 255 of the encoded value.
vec3 linear_from_srgb(vec3 srgb)
{
    vec3 power = 0.08728835 * srgb - 0.30737948;
    power = power * srgb + 0.66715268;
    power = power * srgb + 0.51938755;
    power = power * srgb + 0.03274505;
    power = power * srgb + 0.00091694;
    return mix(srgb / 12.92, power, step(0.04045, srgb));
}

vec3 srgb_from_linear(vec3 light)
{
    return mix(light * 12.92, 1.055 * pow(light, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, light));
}

void main()
{
#ifdef LAYER_PASS
    ivec2 position = ivec2(gl_FragCoord.xy);
    if (gl_FragCoord.z <= texelFetch(layer_before, position, 0).r || gl_FragCoord.z > texelFetch(opaque, position, 0).r)
        discard;
#endif
    vec4 texel = vec4(1.0);
#ifdef TEXTURED
    texel = texture(base_colour, uv);
#endif
    vec4 tint = factor_linear;
#ifdef VERTEX_COLOURS
    tint *= colour_linear;
#endif
    float opacity = texel.a * tint.a;
#ifdef CUT_OUT
    if (opacity < min_opacity)
        discard;
#endif
#ifdef LAYER_PASS
    if (opacity <= 0.0 || opacity >= opaque_from)
        discard;
    premultiplied_linear = vec4(linear_from_srgb(texel.rgb) * tint.rgb, 1.0) * opacity;
#endif
#ifdef OPAQUE_PASS
    encoded = vec4(texel.rgb, 1.0);
#ifdef TINTED
    encoded.rgb = srgb_from_linear(clamp(linear_from_srgb(texel.rgb) * tint.rgb, 0.0, 1.0));
#endif
#ifdef HOLDOUT
    encoded = vec4(0.0);
#endif
#endif
#ifdef CENTRE_PASS
    plane_depth_m = depth_m;
    triangle = first_triangle + gl_PrimitiveID;
#ifdef HOLDOUT
    triangle = -1;
#endif
#endif
}
