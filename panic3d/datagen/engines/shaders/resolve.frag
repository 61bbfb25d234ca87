#version 330 core
// The mean of a pixel's samples in linear light, transparent layers over opaque surfaces, as straight sRGB.
uniform sampler2D opaque;
uniform sampler2D layers;
uniform ivec4 layer_bounds;  // the samples that have layers: left, bottom, right, top
uniform ivec2 across;  // grid offset from a pixel to the next one on its right
uniform ivec2 up;  // and to the next one above
uniform ivec2 positions[SAMPLE_COUNT];  // grid positions of the samples of pixel (0, 0)
layout(location = 0) out vec4 straight_srgb;

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
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    vec4 sum = vec4(0.0);
    for (int i = 0; i < SAMPLE_COUNT; i++) {
        ivec2 position = positions[i] + pixel.x * across + pixel.y * up;
        vec4 light = texelFetch(opaque, position, 0);
        light.rgb = linear_from_srgb(light.rgb) * light.a;
#ifdef LAYERED
        if (all(greaterThanEqual(position, layer_bounds.xy)) && all(lessThan(position, layer_bounds.zw))) {
            vec4 layer = texelFetch(layers, position, 0);
            light = layer + (1.0 - layer.a) * light;
        }
#endif
        sum += light;
    }
    vec3 light = sum.a > 0.0 ? sum.rgb / sum.a : vec3(0.0);
    straight_srgb = vec4(srgb_from_linear(clamp(light, 0.0, 1.0)), sum.a / float(SAMPLE_COUNT));
}
