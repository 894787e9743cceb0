#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// What a confined process needs of Linux that Swift cannot say: ancillary data, Landlock, sealed memory, a clean start.
// Every function gives a negative errno when it fails.

// A connected pair of stream sockets, closed on exec; both above the standard descriptors.
int os_pair(int out[2]);

// Starts `path` with `socket` as descriptor 3, nothing on 0, 1 and 2, and every other descriptor closed; in a process
// group of its own, so that a terminal's interrupt does not reach it.
int os_start(const char *path, char *const arguments[], char *const environment[], int socket, pid_t *pid);

// Sends all of `bytes`; `count` descriptors go along with the first of them.
int os_send(int socket, const void *bytes, size_t size, const int *descriptors, int count);

// Receives up to `size` bytes: how many came, 0 at the end. Descriptors that came along are put into `descriptors`, at
// most `capacity`; `*count` says how many.
ssize_t os_receive(int socket, void *bytes, size_t size, int *descriptors, int capacity, int *count);

// Memory that two processes can map, of a fixed size: neither can shorten it under the other.
int os_memory(size_t size);

// No way to gain privileges, no core dump, no write to a file, few descriptors.
int os_confine(int descriptors);

// From now on this thread and its children open nothing by path but files below `folders`, for reading, and connect
// nowhere. 1 when the kernel holds it, 0 when it has no Landlock.
int os_landlock(const char *const folders[], int count);

// The version of Landlock this kernel has; 0 for none.
int os_landlock_version(void);

// Whole seconds of processor time that this process, all its threads, has used.
uint64_t os_processor_seconds(void);

// Soft limits for what comes next: bytes of address space, and the second of processor time at which the process ends.
int os_limit(uint64_t address_space, uint64_t end);
