#pragma once
#include <errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// A driver that reads from a descriptor somebody else opened: libhdf5 itself opens nothing by path, neither the file
// nor what it links to. A file's name is "descriptor:N".
typedef struct {
  H5FD_t base;
  int descriptor;
  haddr_t allocated, size;
  // While `probing`, raw data is not read: where it was to be read from is kept.
  int probing;
  haddr_t asked_at;
  size_t asked_for;
} orrery_h5_descriptor;

static inline H5FD_t *orrery_h5_fd_open(const char *name, unsigned flags, hid_t access, haddr_t most) {
  (void)name;
  (void)most;
  // Which descriptor is said by whoever opens the file, and never by a name: a link in a file reopens through this
  // driver under a name of the file's choice, and without this.
  const int *given = (const int *)H5Pget_driver_info(access);
  struct stat status;
  if ((flags & H5F_ACC_RDWR) || !given) return NULL;
  int descriptor = *given;
  if (fstat(descriptor, &status) < 0) return NULL;
  orrery_h5_descriptor *file = (orrery_h5_descriptor *)calloc(1, sizeof *file);
  if (!file) return NULL;
  file->descriptor = descriptor;
  file->size = (haddr_t)status.st_size;
  return &file->base;
}

static inline herr_t orrery_h5_fd_close(H5FD_t *file) {
  free(file);
  return 0;
}

static inline int orrery_h5_fd_compare(const H5FD_t *a, const H5FD_t *b) { return a < b ? -1 : a > b; }

static inline herr_t orrery_h5_fd_query(const H5FD_t *file, unsigned long *flags) {
  (void)file;
  if (flags) *flags = H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE;
  return 0;
}

static inline haddr_t orrery_h5_fd_allocated(const H5FD_t *file, H5FD_mem_t kind) {
  (void)kind;
  return ((const orrery_h5_descriptor *)file)->allocated;
}

static inline herr_t orrery_h5_fd_allocate(H5FD_t *file, H5FD_mem_t kind, haddr_t end) {
  (void)kind;
  ((orrery_h5_descriptor *)file)->allocated = end;
  return 0;
}

static inline haddr_t orrery_h5_fd_size(const H5FD_t *file, H5FD_mem_t kind) {
  (void)kind;
  return ((const orrery_h5_descriptor *)file)->size;
}

static inline herr_t orrery_h5_fd_handle(H5FD_t *file, hid_t access, void **handle) {
  (void)access;
  *handle = file;
  return 0;
}

static inline herr_t orrery_h5_fd_read(
    H5FD_t *base, H5FD_mem_t kind, hid_t transfer, haddr_t at, size_t size, void *bytes) {
  (void)transfer;
  orrery_h5_descriptor *file = (orrery_h5_descriptor *)base;
  if (file->probing && kind == H5FD_MEM_DRAW) {
    file->asked_at = at;
    file->asked_for = size;
    return 0;
  }
  if (at > file->size) return -1;
  char *out = (char *)bytes;
  while (size > 0) {
    ssize_t n = pread(file->descriptor, out, size, (off_t)at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    // Pixels that are not there are no black frames: the file has become shorter.
    if (n == 0 && kind == H5FD_MEM_DRAW) return -1;
    if (n == 0) {
      // As the library's own driver has it: past the end there are zeros.
      memset(out, 0, size);
      return 0;
    }
    out += n;
    at += (haddr_t)n;
    size -= (size_t)n;
  }
  return 0;
}

static inline herr_t orrery_h5_fd_write(
    H5FD_t *file, H5FD_mem_t kind, hid_t transfer, haddr_t at, size_t size, const void *bytes) {
  (void)file, (void)kind, (void)transfer, (void)at, (void)size, (void)bytes;
  return -1;
}

// Registers the driver; once a process is enough.
static inline hid_t orrery_h5_fd_driver(void) {
  static H5FD_class_t table;
  table.name = "orrery-descriptor";
  table.maxaddr = (haddr_t)INT64_MAX;
  table.fc_degree = H5F_CLOSE_STRONG;
  table.fapl_size = sizeof(int);
  table.open = orrery_h5_fd_open;
  table.close = orrery_h5_fd_close;
  table.cmp = orrery_h5_fd_compare;
  table.query = orrery_h5_fd_query;
  table.get_eoa = orrery_h5_fd_allocated;
  table.set_eoa = orrery_h5_fd_allocate;
  table.get_eof = orrery_h5_fd_size;
  table.get_handle = orrery_h5_fd_handle;
  table.read = orrery_h5_fd_read;
  table.write = orrery_h5_fd_write;
  for (int i = 0; i < H5FD_MEM_NTYPES; i++) table.fl_map[i] = H5FD_MEM_SUPER;
  return H5FDregister(&table);
}

static inline hid_t orrery_h5_open_descriptor(hid_t driver, int descriptor) {
  char name[32];
  snprintf(name, sizeof name, "descriptor:%d", descriptor);
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  H5Pset_driver(access, driver, &descriptor);
  hid_t file = H5Fopen(name, H5F_ACC_RDONLY, access);
  orrery_h5_done(access, file);
  return file;
}

// Where a chunk's bytes lie and how many they are, by any of HDF5's kinds of index: the library is asked to read it and
// the driver notes from where. 1 when there is one, 0 when it was never written, negative when the index is damaged.
// `room` is memory nobody touches, `most` bytes of it.
static inline int orrery_h5_locate(hid_t file, hid_t dataset, const hsize_t *offset, void *room, hsize_t most,
    haddr_t *at, hsize_t *size, uint32_t *mask) {
  void *handle = NULL;
  *size = 0;
  // Some versions say 0, some fail.
  if (H5Dget_chunk_storage_size(dataset, offset, size) < 0 || *size == 0) {
    H5Eclear2(H5E_DEFAULT);
    return 0;
  }
  if (*size > most) return -1;
  if (H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) < 0 || !handle) return -1;
  orrery_h5_descriptor *driver = (orrery_h5_descriptor *)handle;
  driver->asked_for = 0;
  driver->probing = 1;
  herr_t done = H5Dread_chunk(dataset, H5P_DEFAULT, offset, mask, room);
  driver->probing = 0;
  if (done < 0 || driver->asked_for != *size) return -1;
  *at = driver->asked_at;
  return 1;
}

// Whether `name` is a link into another file: 1 and where it leads, 0, or negative when it cannot be read. Both texts
// have room for `room` bytes.
static inline int orrery_h5_external_link(hid_t file, const char *name, char *target, char *object, size_t room) {
  H5L_info_t info;
  if (H5Lget_info(file, name, &info, H5P_DEFAULT) < 0) return -1;
  if (info.type != H5L_TYPE_EXTERNAL) return 0;
  char value[8194];
  const char *where = NULL, *what = NULL;
  unsigned flags = 0;
  if (info.u.val_size >= sizeof value || H5Lget_val(file, name, value, sizeof value - 1, H5P_DEFAULT) < 0 ||
      H5Lunpack_elink_val(value, info.u.val_size, &flags, &where, &what) < 0)
    return -1;
  snprintf(target, room, "%s", where);
  snprintf(object, room, "%s", what);
  return 1;
}

// What a name in a group is: 1 a group, 2 a dataset, 3 something else, 4 a link into another file, negative what leads
// nowhere. Nothing of another file is opened. `address` tells an object reached twice.
static inline int orrery_h5_child(hid_t group, const char *name, haddr_t *address) {
  H5L_info_t link;
  H5O_info_t object;
  if (H5Lget_info(group, name, &link, H5P_DEFAULT) < 0) return -1;
  if (link.type == H5L_TYPE_EXTERNAL) return 4;
  if (H5Oget_info_by_name2(group, name, &object, H5O_INFO_BASIC, H5P_DEFAULT) < 0) return -1;
  *address = object.addr;
  return object.type == H5O_TYPE_GROUP ? 1 : object.type == H5O_TYPE_DATASET ? 2 : 3;
}

static inline hid_t orrery_h5_bytes_list(void) { return H5Tvlen_create(H5T_NATIVE_UINT8); }
static inline int orrery_h5_is_big_endian(hid_t type) { return H5Tget_order(type) == H5T_ORDER_BE; }
static inline int orrery_h5_is_list_of_bytes(hid_t type) {
  hid_t base = H5Tget_super(type);
  int is = base >= 0 && H5Tget_class(base) == H5T_INTEGER && H5Tget_size(base) == 1;
  if (base >= 0) H5Tclose(base);
  return is;
}
static inline unsigned orrery_h5_basic(void) { return H5O_INFO_BASIC; }

static inline herr_t orrery_h5_look_for_layout(unsigned n, const H5E_error2_t *entry, void *out) {
  (void)n;
  if (entry->func_name && strstr(entry->func_name, "layout_decode") && entry->desc &&
      strstr(entry->desc, "bad version"))
    *(int *)out = 1;
  return 0;
}

// Whether the last call of this thread failed because a dataset's layout is of a later version than the library knows.
static inline int orrery_h5_is_too_new(void) {
  int found = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, orrery_h5_look_for_layout, &found);
  return found;
}
