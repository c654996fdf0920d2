#define _GNU_SOURCE
#include "CFuzzer.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

// Of the sanitizers' runtime (sanitizer/allocator_interface.h, sanitizer/common_interface_defs.h).
int __sanitizer_install_malloc_and_free_hooks(
    void (*allocated)(const volatile void *, size_t), void (*freed)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *);
void __sanitizer_print_stack_trace(void);

static const int64_t unlimited = INT64_MAX;
static _Atomic int64_t live, peak, limit = INT64_MAX;

static void allocated(const volatile void *address, size_t size) {
  (void)address;
  if (atomic_load(&limit) == unlimited) return;
  int64_t now = atomic_fetch_add(&live, (int64_t)size) + (int64_t)size;
  if (now > atomic_load(&peak)) atomic_store(&peak, now);
  if (now <= atomic_load(&limit)) return;
  int64_t bound = atomic_exchange(&limit, unlimited);
  fprintf(stderr, "FOUND: the input takes more than %lld bytes of memory.\n", (long long)bound);
  __sanitizer_print_stack_trace();
  abort();
}

static void freed(const volatile void *address) {
  if (atomic_load(&limit) == unlimited || !address) return;
  atomic_fetch_sub(&live, (int64_t)__sanitizer_get_allocated_size(address));
}

void fuzzer_limit_memory(int64_t bytes) {
  static int installed;
  if (!installed) installed = __sanitizer_install_malloc_and_free_hooks(allocated, freed);
  atomic_store(&live, 0);
  atomic_store(&peak, 0);
  atomic_store(&limit, bytes);
}

int64_t fuzzer_release_memory(void) {
  atomic_store(&limit, unlimited);
  return atomic_load(&peak);
}

int fuzzer_memory_file(void) { return memfd_create("input", MFD_CLOEXEC); }
