// The kernel table and the thread pool: everything of orrery that is not Swift.
//
// Only pointers, sizes and scalars cross this line, so that another table (a GPU's, say) can stand in for this one.
// Letters: R rows, D features of a row, n elements. Every matrix is row-major; `ld` is its row stride in elements.
// A pointer that may be NULL says so. "acc" is 0 to overwrite an output and 1 to add to it.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ok_act_none = 0, ok_act_gelu = 1, ok_act_silu = 2 };

typedef struct ok_kernels {
  const char *_Nonnull name;

  // pre ← y + bias; y ← act(pre). `pre` may be NULL when act is none. bias may be NULL.
  void (*_Nonnull bias_act)(size_t R, size_t D, float *_Nonnull y, size_t ld, float *_Nullable pre, const float *_Nullable bias, int act);
  void (*_Nonnull act_forward)(size_t n, const float *_Nonnull x, float *_Nonnull y, int act);
  // dx ←(acc) dy · act'(x); dx may be dy.
  void (*_Nonnull act_backward)(size_t n, const float *_Nonnull x, const float *_Nonnull dy, float *_Nonnull dx, int act, int acc);
  // out[D] ← Σ rows of x
  void (*_Nonnull column_sum)(size_t R, size_t D, const float *_Nonnull x, float *_Nonnull out);

  // y ← (x − mean)/σ · (plus_one + scale) + shift, one scale and shift for all R rows; keeps mean and 1/σ a row.
  void (*_Nonnull norm_forward)(size_t R, size_t D, const float *_Nonnull x, const float *_Nonnull scale, const float *_Nonnull shift, float plus_one,
                                float eps, float *_Nonnull y, float *_Nonnull mean, float *_Nonnull rstd);
  // dx ←(acc); dscale[D], dshift[D] are overwritten with this tile's sums.
  void (*_Nonnull norm_backward)(size_t R, size_t D, const float *_Nonnull x, const float *_Nonnull scale, float plus_one, const float *_Nonnull mean,
                                 const float *_Nonnull rstd, const float *_Nonnull dy, float *_Nullable dx, int acc, float *_Nonnull dscale,
                                 float *_Nonnull dshift);

  // y ← rotate(x / rms(x) · w); heads of H features, pairs interleaved; cos, sin [R, H/2] or NULL for no rotation.
  void (*_Nonnull rms_forward)(size_t R, size_t D, size_t H, const float *_Nonnull x, const float *_Nonnull w, const float *_Nullable cos,
                               const float *_Nullable sin, float eps, float *_Nonnull y, float *_Nonnull rstd);
  void (*_Nonnull rms_backward)(size_t R, size_t D, size_t H, const float *_Nonnull x, const float *_Nonnull w, const float *_Nullable cos,
                                const float *_Nullable sin, const float *_Nonnull rstd, const float *_Nonnull dy, float *_Nullable dx, int acc,
                                float *_Nonnull dw, float *_Nonnull scratch);

  // y ← x + gate ∘ h, one gate for all R rows.
  void (*_Nonnull gate_forward)(size_t R, size_t D, const float *_Nonnull x, const float *_Nonnull gate, const float *_Nonnull h, float *_Nonnull y);
  // dh ←(acc) gate ∘ dy; dgate[D] overwritten with Σ dy ∘ h.
  void (*_Nonnull gate_backward)(size_t R, size_t D, const float *_Nonnull dy, const float *_Nonnull gate, const float *_Nonnull h,
                                 float *_Nullable dh, int acc, float *_Nonnull dgate);

  void (*_Nonnull add)(size_t n, const float *_Nonnull a, const float *_Nonnull b, float *_Nonnull y);
  // y ← a·x + b·y
  void (*_Nonnull axpby)(size_t n, float a, const float *_Nonnull x, float b, float *_Nonnull y);
  // y ← a·x + b·z
  void (*_Nonnull mix)(size_t n, float a, const float *_Nonnull x, float b, const float *_Nonnull z, float *_Nonnull y);

  // One row block of attention. s [R, ld]: scores in, unnormalised probabilities out; keys past limit[r] get 0.
  // sum[r] ← Σ exp(scale·s − max), lse[r] ← max + log(sum).
  void (*_Nonnull softmax)(size_t R, size_t K, size_t ld, const int32_t *_Nonnull limit, float scale, float *_Nonnull s, float *_Nonnull sum,
                           float *_Nonnull lse);
  // p ← exp(scale·s − lse) (0 past limit) in s; ds ← p ∘ (dp − delta)·scale in dp.
  void (*_Nonnull softmax_backward)(size_t R, size_t K, size_t ld, const int32_t *_Nonnull limit, float scale, const float *_Nonnull lse,
                                    const float *_Nonnull delta, float *_Nonnull s, float *_Nonnull dp);
  // y[r,:] ← y[r,:] / sum[r]
  void (*_Nonnull divide_rows)(size_t R, size_t D, size_t ld, const float *_Nonnull sum, float *_Nonnull y);
  // out[r] ← ⟨a[r,:], b[r,:]⟩
  void (*_Nonnull row_dots)(size_t R, size_t D, size_t ld, const float *_Nonnull a, const float *_Nonnull b, float *_Nonnull out);

  // Σ (a−b)² in Double; d ← 2·w·(a − b) when d is given.
  double (*_Nonnull squared_error)(size_t n, const float *_Nonnull a, const float *_Nonnull b);
  void (*_Nonnull squared_error_backward)(size_t n, float w, const float *_Nonnull a, const float *_Nonnull b, float *_Nonnull d, int acc);

  double (*_Nonnull sum_squares)(size_t n, const float *_Nonnull x);
  // AdamW (Loshchilov & Hutter 2019) as torch computes it; g is scaled by `grad` first; c1, c2 are 1 − β^t.
  void (*_Nonnull adamw)(size_t n, float *_Nonnull p, const float *_Nonnull g, float *_Nonnull m, float *_Nonnull v, float rate, float beta1,
                         float beta2, float eps, float decay, float c1, float c2, float grad);

  // Philox 4x32-10 (Salmon et al. 2011): fills n floats from counter block `first`, key (k0, k1), stream (s0, s1).
  void (*_Nonnull normals)(size_t n, uint32_t first, uint32_t s0, uint32_t s1, uint32_t s2, uint32_t k0, uint32_t k1, float *_Nonnull out);

  // u8 [F,H,W,3] ↔ f32 latents, value·scale + offset.
  void (*_Nonnull from_bytes)(size_t n, const uint8_t *_Nonnull x, float scale, float offset, float *_Nonnull y);
  void (*_Nonnull to_bytes)(size_t n, const float *_Nonnull x, float scale, float offset, uint8_t *_Nonnull y);
} ok_kernels;

// The table for an instruction set ("scalar", "avx2", "avx512"), or NULL when this machine or build lacks it.
const ok_kernels *_Nullable ok_kernels_named(const char *_Nonnull name);
// The best table this machine has.
const ok_kernels *_Nonnull ok_kernels_best(void);

// One Philox block: out[4] from counter and key (for uniform draws and keys).
void ok_philox(const uint32_t counter[_Nonnull 4], const uint32_t key[_Nonnull 2], uint32_t out[_Nonnull 4]);

// A pool of worker threads. The caller works too: `threads` counts it.
typedef struct ok_pool ok_pool;
ok_pool *_Nullable ok_pool_create(int threads);
void ok_pool_destroy(ok_pool *_Nonnull pool);
int ok_pool_threads(const ok_pool *_Nonnull pool);
// Runs task(context, i, worker) for every i in 0..<count and returns when all are done. Not reentrant.
void ok_pool_run(ok_pool *_Nonnull pool, int count, void (*_Nonnull task)(void *_Nonnull context, int index, int worker), void *_Nonnull context);

#ifdef __cplusplus
}
#endif
