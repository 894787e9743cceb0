#pragma once
#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

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

// Strong close: closing the file closes everything still open in it, so an early exit leaks nothing.
static inline hid_t orrery_h5_open(const char *path, int writable) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  hid_t file = H5Fopen(path, writable ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access);
  H5Pclose(access);
  return file;
}

static inline hid_t orrery_h5_create(const char *path) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  H5Pclose(access);
  return file;
}

typedef struct { char text[400]; } orrery_h5_reason;

static inline herr_t orrery_h5_keep(unsigned n, const H5E_error2_t *entry, void *out) {
  (void)n;
  if (entry->desc && entry->desc[0]) snprintf(((orrery_h5_reason *)out)->text, sizeof(orrery_h5_reason), "%s", entry->desc);
  return 0;
}

// The innermost reason of the last failed call in this thread, or an empty text.
static inline void orrery_h5_why(char *text, size_t size) {
  orrery_h5_reason reason;
  reason.text[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, orrery_h5_keep, &reason);
  snprintf(text, size, "%s", reason.text);
}
