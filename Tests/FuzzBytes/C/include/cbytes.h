#pragma once
#include <stddef.h>
#include <stdint.h>

// Laws of the C in this package, over any bytes: each ends the process where its law is broken. 0 always.

// libFuzzer's own entry (compiler-rt, FuzzerDriver.cpp).
int LLVMFuzzerRunDriver(int *count, char ***words, int (*body)(const uint8_t *bytes, size_t size));

// Tags: the same text has the same tag wherever it lies and in whatever row, a changed one another; Fletcher's checksum
// is what the format's definition says, read plainly.
int cbytes_tags(const uint8_t *bytes, size_t size);

// libhdf5's driver: reads are the file's bytes, zeros behind its end, or an error, and stay within their room.
int cbytes_driver(const uint8_t *bytes, size_t size);

// A message from the other side, with descriptors or without: what comes is what was sent, and no descriptor stays
// open.
int cbytes_receive(const uint8_t *bytes, size_t size);
