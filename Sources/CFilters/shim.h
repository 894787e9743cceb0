#pragma once
#include <blosc.h>
#include <bzlib.h>
#include <lz4.h>
#include <szlib.h>
#include <zstd.h>
