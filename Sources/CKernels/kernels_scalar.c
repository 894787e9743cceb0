// The row that builds and runs anywhere.
#include "include/ckernels.h"
#define OK(name) name##_scalar
#define OK_NAME "scalar"
#include "body.inc"
