#pragma once
#include <hdf5.h>

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
