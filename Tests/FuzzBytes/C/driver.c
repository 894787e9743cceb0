#define _GNU_SOURCE
#include "cbytes.h"
#include "shim.h"
#include "descriptor.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HOLDS(law) ((law) ? (void)0 : abort())

int cbytes_driver(const uint8_t *bytes, size_t size) {
  if (size < 12) return 0;
  uint64_t at;
  uint16_t want;
  memcpy(&at, bytes, 8);
  memcpy(&want, bytes + 8, 2);
  H5FD_mem_t kind = bytes[10] % 2 ? H5FD_MEM_DRAW : H5FD_MEM_OHDR;
  int cut = bytes[11] % 4 == 0;
  // Half of the places lie in the file.
  if (bytes[11] & 0x80) at %= size + 2;
  int descriptor = memfd_create("driver", MFD_CLOEXEC);
  HOLDS(descriptor >= 0 && write(descriptor, bytes, size) == (ssize_t)size);
  orrery_h5_descriptor file = {.descriptor = descriptor, .size = size};
  size_t there = size;
  if (cut) HOLDS(ftruncate(descriptor, (off_t)(there = size / 2)) == 0);
  uint8_t *room = malloc(want ? want : 1);
  herr_t done = orrery_h5_fd_read(&file.base, kind, H5P_DEFAULT, at, want, room);
  if (at > size) HOLDS(done < 0);
  if (done >= 0) {
    for (size_t i = 0; i < want; i++) HOLDS(room[i] == (at + i < there ? bytes[at + i] : 0));
    // Pixels that are not there are no black frames.
    if (kind == H5FD_MEM_DRAW) HOLDS(at + want <= there || want == 0);
  }
  file.probing = 1;
  HOLDS(orrery_h5_fd_read(&file.base, H5FD_MEM_DRAW, H5P_DEFAULT, at, want, room) == 0 && file.asked_at == at &&
        file.asked_for == want);
  free(room);
  close(descriptor);
  return 0;
}
