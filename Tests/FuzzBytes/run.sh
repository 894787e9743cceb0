#!/usr/bin/env bash
# run.sh [SECONDS [TARGET…]]: each decoder that takes bytes of strangers under libFuzzer and AddressSanitizer, SECONDS each (60), two at a time.
# The corpus is kept in .build/libfuzzer/corpus and grows from call to call; what breaks a law or crashes lies in fuzz-faults/.
set -uo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
targets=("$@")
clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang
ORRERY_LIBFUZZER=$("$clang" -print-resource-dir)/lib/linux/libclang_rt.fuzzer_no_main-$(uname -m).a
export ORRERY_LIBFUZZER
[ -f "$ORRERY_LIBFUZZER" ] || { echo "error: this toolchain has no $ORRERY_LIBFUZZER" >&2; exit 1; }
swift build --scratch-path .build/libfuzzer -c release --product orrery-bytes || exit 1
program=.build/libfuzzer/release/orrery-bytes corpus=.build/libfuzzer/corpus seeds=.build/libfuzzer/seeds fixtures=Tests/Fixtures/fuzz
[ ${#targets[@]} -gt 0 ] || read -ra targets < <("$program" | sed -n 's/^targets: //p')
export SWIFT_BACKTRACE=enable=no HDF5_USE_FILE_LOCKING=FALSE UBSAN_OPTIONS=halt_on_error=1 \
  ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
mkdir -p fuzz-faults "$seeds"
"$program" --seeds "$seeds" "$fixtures/plain.mp4" || exit 1
mkdir -p "$seeds"/{orientation,head,csv,captions,yaml}
cp "$fixtures"/*.png "$fixtures"/*.jpg "$seeds/orientation"
cp "$fixtures"/*.h5 "$seeds/head"
cp "$fixtures"/*.csv "$seeds/csv"
cp "$fixtures"/captions.csv "$seeds/captions"
cp "$fixtures"/*.yaml "$seeds/yaml"
one() {
  mkdir -p "$corpus/$1" "$seeds/$1"
  "$program" "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 -use_value_profile=1 -print_final_stats=1 \
    -artifact_prefix="fuzz-faults/$1-" "$corpus/$1" "$seeds/$1" >".build/libfuzzer/$1.log" 2>&1
  status=$?
  printf '%-12s %12s runs  %6s edges  %s\n' "$1" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' ".build/libfuzzer/$1.log")" \
    "$(grep -o 'cov: [0-9]*' ".build/libfuzzer/$1.log" | tail -1 | cut -d' ' -f2)" \
    "$([ $status -eq 0 ] && echo sound || { echo "FAULT, see .build/libfuzzer/$1.log:"; grep -m1 -E 'ERROR:|SUMMARY' ".build/libfuzzer/$1.log"; } | tr '\n' ' ')"
  return $status
}
export -f one
export program corpus seeds seconds
printf '%s\n' "${targets[@]}" | xargs -P 2 -I{} bash -c 'one {}'
