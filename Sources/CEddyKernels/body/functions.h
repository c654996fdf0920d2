// exp, tanh and the logistic function: minimax polynomials fitted for this project, evaluated with
// fused multiply-adds, so that every processor gives the same bits. Errors: docs/numbers.md.

// 2^n for integers n in −126 … 127, given as 12582912 + n.
INLINE vec power_of_two(uvec n) { return (vec)((n + 127u) << 23); }

INLINE vec exp_(vec x) {
  x = choose(x > splat(89.0f), splat(89.0f), x);
  x = choose(x < splat(-104.0f), splat(-104.0f), x);
  const vec magic = splat(12582912.0f);
  vec shifted = fma_(x, splat(0x1.715476p+0f), magic);
  vec n = shifted - magic;
  vec r = fma_(n, splat(-0x1.63p-1f), x);
  r = fma_(n, splat(0x1.bd0106p-13f), r);
  vec p = splat(0x1.9f089cp-13f);
  p = fma_(p, r, splat(0x1.6d8d08p-10f));
  p = fma_(p, r, splat(0x1.11127p-7f));
  p = fma_(p, r, splat(0x1.55548ep-5f));
  p = fma_(p, r, splat(0x1.555554p-3f));
  p = fma_(p, r, splat(0x1p-1f));
  vec y = fma_(p, r * r, r) + splat(1.0f);
  // Two exact steps, so that results below 2^-126 are rounded once.
  uvec whole = (uvec)shifted - 0x4B400000u;
  uvec half = (uvec)((mask)whole >> 1);
  return y * power_of_two(half) * power_of_two(whole - half);
}

INLINE vec sigmoid_(vec x) { return splat(1.0f) / (splat(1.0f) + exp_(-x)); }

INLINE vec tanh_(vec x) {
  const uvec sign_bit = (uvec){0} + 0x80000000u;
  vec size = (vec)((uvec)x & ~sign_bit);
  vec z = x * x;
  vec p = splat(-0x1.762d52p-8f);
  p = fma_(p, z, splat(0x1.523bcp-6f));
  p = fma_(p, z, splat(-0x1.b84058p-5f));
  p = fma_(p, z, splat(0x1.11074cp-3f));
  p = fma_(p, z, splat(-0x1.555534p-2f));
  vec small = fma_(size * z, p, size);
  vec large = splat(1.0f) - splat(2.0f) / (exp_(size + size) + splat(1.0f));
  vec y = choose(size < splat(0.625f), small, large);
  return (vec)((uvec)y | ((uvec)x & sign_bit));
}

#define ELEMENTWISE(name, function)                                      \
  static void name(float *x, long n) {                                   \
    for (long i = 0; i < n; i += LANES)                                  \
      put(x + i, function(get(x + i, n - i)), n - i);                    \
  }

ELEMENTWISE(exponential, exp_)
ELEMENTWISE(hyperbolic_tangent, tanh_)
ELEMENTWISE(sigmoid, sigmoid_)
