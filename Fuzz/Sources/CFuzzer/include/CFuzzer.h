#pragma once
#include <stddef.h>
#include <stdint.h>

/// libFuzzer's own mutations: changes `size` bytes in place, to at most `capacity`.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);

/// Counts from now on: ends the program when more than `bytes` are allocated at once.
void fuzzer_begin(int64_t bytes);

/// Stops counting: ends the program if more than a second of processor time went by, however busy the
/// machine is.
void fuzzer_end(void);

/// A file without a name, in memory; its descriptor.
int fuzzer_memory_file(void);
