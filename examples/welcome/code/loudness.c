/*
 * How loud a sound is, block by block: reads little-endian 32-bit floats and prints their level.
 *
 *     cc -O2 -o loudness loudness.c -lm && ./loudness < ../data/samples.bin
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 64, WIDTH = 48 };

static const double floor_db = -24.0;

/* The float in four bytes, whatever the byte order of this machine. */
static float sample(const unsigned char bytes[4])
{
    uint32_t bits = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double decibels(double mean_square)
{
    double level = mean_square > 0 ? 10 * log10(mean_square) : floor_db;
    return level < floor_db ? floor_db : level;
}

int main(void)
{
    unsigned char bytes[4];
    double sum = 0;
    long count = 0;

    while (fread(bytes, 1, sizeof bytes, stdin) == sizeof bytes) {
        float value = sample(bytes);
        sum += (double)value * value;
        if (++count % BLOCK == 0) {
            double level = decibels(sum / BLOCK);
            int bar = (int)(WIDTH * (1 - level / floor_db));
            printf("%5ld  %6.1f dB  %.*s\n", count - BLOCK, level, bar,
                   "################################################");
            sum = 0;
        }
    }
    if (ferror(stdin)) {
        perror("stdin");
        return 1;
    }
    return 0;
}
