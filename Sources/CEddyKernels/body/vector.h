// The vector type of one target: LANES floats. Included once per target, inside its attributes.
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef unsigned int uvec __attribute__((vector_size(4 * LANES)));
typedef int mask __attribute__((vector_size(4 * LANES)));
typedef unsigned short short_vec __attribute__((vector_size(2 * LANES)));

// Reductions have 16 lanes on every target.
enum { SUM_LANES = 16, SUM_VECTORS = SUM_LANES / LANES };

// Less zero, not plus: −0 stays −0, and the compiler knows that nothing is to be done.
INLINE vec splat(float x) { return x - (vec){0}; }
INLINE uvec splat_unit(unsigned x) { return x - (uvec){0}; }

INLINE vec load(const float *p) {
  vec v;
  memcpy(&v, p, sizeof v);
  return v;
}

INLINE uvec load_units(const unsigned *p) {
  uvec v;
  memcpy(&v, p, sizeof v);
  return v;
}

INLINE void store(float *p, vec v) { memcpy(p, &v, sizeof v); }

// The first n elements, zeros behind; MASKED_LOAD and MASKED_STORE where the target has them.
INLINE vec load_part(const float *p, long n) {
#ifdef MASKED_LOAD
  return MASKED_LOAD(p, n);
#else
  float lanes[LANES] = {0};
  for (long i = 0; i < n; i++) lanes[i] = p[i];
  return load(lanes);
#endif
}

INLINE void store_part(float *p, vec v, long n) {
#ifdef MASKED_STORE
  MASKED_STORE(p, v, n);
#else
  float lanes[LANES];
  store(lanes, v);
  for (long i = 0; i < n; i++) p[i] = lanes[i];
#endif
}

INLINE vec get(const float *p, long n) { return n >= LANES ? load(p) : load_part(p, n); }

INLINE void put(float *p, vec v, long n) {
  if (n >= LANES) store(p, v);
  else store_part(p, v, n);
}

INLINE vec fma_(vec a, vec b, vec c) { return __builtin_elementwise_fma(a, b, c); }

INLINE vec choose(mask m, vec yes, vec no) {
  return (vec)(((uvec)m & (uvec)yes) | (~(uvec)m & (uvec)no));
}
