// The row that builds and runs anywhere.
#include "include/ckernels.h"
#define OK(name) name##_scalar
#define OK_NAME "scalar"
#define OK_HAS_BF16 0
#define VB 16
#define MR 6
#define MH 6
#include "table.inc"
