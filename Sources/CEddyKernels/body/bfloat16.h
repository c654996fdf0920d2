// bfloat16: the upper half of a float. Two make a unit of 4 bytes: the first below, the second above.

// The nearest bfloat16, ties to even, in the lower half of each lane. A NaN stays one.
INLINE uvec to_bfloat16(vec x) {
  uvec bits = (uvec)x;
  uvec nearest = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  mask is_nan = x != x;
  return (uvec)choose(is_nan, (vec)((bits >> 16) | 0x40u), (vec)nearest);
}

INLINE unsigned bfloat16_of(float x) {
  unsigned bits;
  memcpy(&bits, &x, sizeof bits);
  if (x != x) return (bits >> 16) | 0x40u;
  return (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
}

// Zero, of the same sign, for what is smaller than the smallest normal number.
INLINE vec flush(vec x) {
  uvec bits = (uvec)x;
  return choose((mask)((bits & 0x7F800000u) == 0u), (vec)(bits & 0x80000000u), x);
}

// acc + x·y as vdpbf16ps computes each of its two steps: operands and result flushed. The result is
// looked at once more, scaled, where it could be tiny: rounding must not lift it over the edge.
INLINE vec fma_flushed(vec x, vec y, vec acc) {
  const vec scale = splat(0x1p32f);
  acc = flush(acc);
  vec result = fma_(x, y, acc);
  uvec size = (uvec)result & 0x7FFFFFFFu;
  vec scaled = fma_(x * scale, y, acc * scale);
  uvec scaled_size = (uvec)scaled & 0x7FFFFFFFu;
  mask tiny = (mask)(size <= 0x00800000u) & (mask)(scaled_size < 0x10800000u);
  return choose(tiny, (vec)((uvec)result & 0x80000000u), result);
}

// acc + x₁·y₁ + x₀·y₀ of each lane: the second value of a unit first.
INLINE vec dot_emulated(uvec x, uvec y, vec acc) {
  acc = fma_flushed(flush((vec)(x & 0xFFFF0000u)), flush((vec)(y & 0xFFFF0000u)), acc);
  return fma_flushed(flush((vec)(x << 16)), flush((vec)(y << 16)), acc);
}

// The bfloat16 of x [rows, columns]; may be done in place.
static void round_bfloat16(unsigned short *to, long ldto, const float *x, long ld, long rows,
                           long columns) {
  for (long row = 0; row < rows; row++) {
    const float *from = x + row * ld;
    unsigned short *out = to + row * ldto;
    long i = 0;
    for (; i + LANES <= columns; i += LANES) {
      short_vec rounded = __builtin_convertvector(to_bfloat16(load(from + i)), short_vec);
      memcpy(out + i, &rounded, sizeof rounded);
    }
    for (; i < columns; i++) out[i] = (unsigned short)bfloat16_of(from[i]);
  }
}
