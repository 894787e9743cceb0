#pragma once
#include <fcntl.h>
#include <errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// HDF5's predefined types are mutable globals behind macros: read them through functions, so Swift 6 can import them.
static inline hid_t orrery_h5t_u8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t orrery_h5t_i64(void) { return H5T_NATIVE_INT64; }
static inline hid_t orrery_h5t_f32(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t orrery_h5t_f64(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t orrery_h5t_c_s1(void) { return H5T_C_S1; }
static inline size_t orrery_h5t_variable(void) { return H5T_VARIABLE; }
static inline hid_t orrery_h5p_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t orrery_h5p_dataset_access(void) { return H5P_DATASET_ACCESS; }
static inline hid_t orrery_h5p_file_access(void) { return H5P_FILE_ACCESS; }
static inline hsize_t orrery_h5s_unlimited(void) { return H5S_UNLIMITED; }

// The error stack belongs to a thread: call this in whichever thread is about to use the library.
static inline void orrery_h5_quiet(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

// Every call of the library forgets the error of the one before: the reason why `file` could not be had is kept for
// orrery_h5_why.
static inline void orrery_h5_done(hid_t access, hid_t file) {
  hid_t why = file < 0 ? H5Eget_current_stack() : -1;
  H5Pclose(access);
  if (why >= 0) H5Eset_current_stack(why);
}

// A program started meanwhile must not inherit the file: the lock on it would outlive our closing it.
static inline void orrery_h5_keep_private(hid_t file) {
  void *handle = NULL;
  if (file >= 0 && H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) >= 0 && handle)
    fcntl(*(int *)handle, F_SETFD, FD_CLOEXEC);
}

// Strong close: closing the file closes everything still open in it, so an early exit leaks nothing.
static inline hid_t orrery_h5_open(const char *path, int writable) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  hid_t file = H5Fopen(path, writable ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access);
  orrery_h5_keep_private(file);
  orrery_h5_done(access, file);
  return file;
}

// libhdf5 1.10 crashes while closing a file whose disk is full. So files we write go through its own POSIX driver with
// two of its functions wrapped: a write or truncate that fails is remembered in the guard and reported to the library
// as done. The caller looks at `error` after every call and gives the file up. The guard travels as the driver's name,
// the one pointer that is ours.
typedef struct {
  char name[24];
  int error;
  hid_t driver;
  herr_t (*write)(H5FD_t *, H5FD_mem_t, hid_t, haddr_t, size_t, const void *);
  herr_t (*truncate)(H5FD_t *, hid_t, hbool_t);
} orrery_h5_guard;

static inline herr_t orrery_h5_guarded_write(
    H5FD_t *file, H5FD_mem_t kind, hid_t transfer, haddr_t at, size_t size, const void *bytes) {
  orrery_h5_guard *guard = (orrery_h5_guard *)file->cls->name;
  if (guard->error) return 0;
  errno = 0;
  if (guard->write(file, kind, transfer, at, size, bytes) < 0) {
    guard->error = errno ? errno : EIO;
    H5Eclear2(H5E_DEFAULT);
  }
  return 0;
}

static inline herr_t orrery_h5_guarded_truncate(H5FD_t *file, hid_t transfer, hbool_t closing) {
  orrery_h5_guard *guard = (orrery_h5_guard *)file->cls->name;
  if (guard->error) return 0;
  errno = 0;
  if (guard->truncate(file, transfer, closing) < 0) {
    guard->error = errno ? errno : EIO;
    H5Eclear2(H5E_DEFAULT);
  }
  return 0;
}

// Makes a guard, or gives NULL. Free it with orrery_h5_guard_free after the file is closed.
static inline orrery_h5_guard *orrery_h5_guard_make(void) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_sec2(access);
  // The POSIX driver's table of functions is reachable only through a file it has open.
  H5FD_t *any = H5FDopen("/dev/null", H5F_ACC_RDONLY, access, HADDR_UNDEF);
  H5Pclose(access);
  if (!any) return NULL;
  H5FD_class_t table = *any->cls;
  H5FDclose(any);
  orrery_h5_guard *guard = (orrery_h5_guard *)calloc(1, sizeof(orrery_h5_guard));
  if (!guard || !table.write || !table.truncate) {
    free(guard);
    return NULL;
  }
  snprintf(guard->name, sizeof guard->name, "orrery-guarded");
  guard->write = table.write;
  guard->truncate = table.truncate;
  table.name = guard->name;
  table.write = orrery_h5_guarded_write;
  table.truncate = orrery_h5_guarded_truncate;
  guard->driver = H5FDregister(&table);
  if (guard->driver < 0) {
    free(guard);
    return NULL;
  }
  return guard;
}

static inline void orrery_h5_guard_free(orrery_h5_guard *guard) {
  if (!guard) return;
  H5FDunregister(guard->driver);
  free(guard);
}

// `guard` may be NULL: then the library's own driver is used.
static inline hid_t orrery_h5_create(const char *path, orrery_h5_guard *guard) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  if (guard) H5Pset_driver(access, guard->driver, NULL);
  hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  orrery_h5_keep_private(file);
  orrery_h5_done(access, file);
  return file;
}

typedef struct {
  char text[400];
} orrery_h5_reason;

static inline herr_t orrery_h5_keep(unsigned n, const H5E_error2_t *entry, void *out) {
  (void)n;
  if (entry->desc && entry->desc[0])
    snprintf(((orrery_h5_reason *)out)->text, sizeof(orrery_h5_reason), "%s", entry->desc);
  return 0;
}

// The innermost reason of the last failed call in this thread, or an empty text.
static inline void orrery_h5_why(char *text, size_t size) {
  orrery_h5_reason reason;
  reason.text[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, orrery_h5_keep, &reason);
  snprintf(text, size, "%s", reason.text);
}

#include "descriptor.h"
