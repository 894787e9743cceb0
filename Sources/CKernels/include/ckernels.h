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
// How an operand of products is stored.
enum { ok_f32 = 0, ok_bf16 = 1 };
// How a weight that is only read may be stored.
enum {
  ok_stored_f32,
  ok_stored_f16,
  ok_stored_bf16,
  ok_stored_e4m3,
  ok_stored_e5m2,
  ok_stored_q8_0,
  ok_stored_q4_0,
  ok_stored_q4_k,
  ok_stored_q5_k,
  ok_stored_q6_k,
  ok_stored_f64
};

// What a finished product t becomes, in this order: t + part (earlier terms of its sum, row stride ldpart); t +
// bias[column]; then, with an activation,
//   slope 0: pre ← t, t ← act(t);    slope 1: t ← t·act'(pre), pre ← act(pre);    then y ←(acc) t.
// y has the element type `type`, pre the operand's; both have row stride ld.
typedef struct ok_out {
  void *_Nonnull y;
  size_t ld;
  int type, acc;
  const float *_Nullable bias;
  int act, slope;
  void *_Nullable pre;
  const float *_Nullable part;
  size_t ldpart;
} ok_out;

// One head of one sample: rows of `head` features, each matrix with its row stride. Query i sees keys 0 ..< limits[i],
// at least one, or all. There is at least one of each. `attend` adds bias[query − key] to q·k before the scale, where
// there is one; a tile's width of it is read past its end.
typedef struct ok_head {
  size_t queries, keys, head;
  float scale;
  const void *_Nonnull q, *_Nonnull k, *_Nonnull v;
  size_t ldq, ldk, ldv;
  const int32_t *_Nullable limits;
  const float *_Nullable bias;
} ok_head;

// Kernels that read or write operands of products, once for f32 and once for bf16. The residual stream, statistics and
// parameters are f32 in both; what is `void` here is stored in the operand's type.
typedef struct ok_operand {
  size_t pair;    // elements of a sum in a 32-bit word
  size_t mr, nr;  // rows of a packed panel of the left and of the right operand

  // y ← (x − mean)/σ · (plus_one + scale) + shift, one scale and shift for all R rows; keeps mean and 1/σ a row.
  void (*_Nonnull norm_forward)(size_t R, size_t D, const float *_Nonnull x, const float *_Nonnull scale,
      const float *_Nonnull shift, float plus_one, float eps, void *_Nonnull y, float *_Nonnull mean,
      float *_Nonnull rstd);
  // dx ←(acc); dscale[D], dshift[D] are overwritten with this tile's sums.
  void (*_Nonnull norm_backward)(size_t R, size_t D, const float *_Nonnull x, const float *_Nonnull scale,
      float plus_one, const float *_Nonnull mean, const float *_Nonnull rstd, const void *_Nonnull dy,
      float *_Nullable dx, int acc, float *_Nonnull dscale, float *_Nonnull dshift);
  // rstd ← 1 / rms of each row, over all heads.
  void (*_Nonnull rms_rows)(size_t R, size_t D, const void *_Nonnull x, size_t ld, float eps, float *_Nonnull rstd);
  // y [R, H] ← rotate(x · rstd · w), one head of H features; pairs interleaved; cos, sin [R, H/2] or NULL for no
  // rotation.
  void (*_Nonnull rms_head)(size_t R, size_t H, const void *_Nonnull x, size_t ld, const float *_Nonnull w,
      const float *_Nullable cos, const float *_Nullable sin, const float *_Nonnull rstd, void *_Nonnull y);
  // The way back through both, all heads of a row together; dw[D] is overwritten.
  void (*_Nonnull rms_backward)(size_t R, size_t D, size_t H, const void *_Nonnull x, size_t ld,
      const float *_Nonnull w, const float *_Nullable cos, const float *_Nullable sin, const float *_Nonnull rstd,
      const float *_Nonnull dy, void *_Nullable dx, size_t ldx, int acc, float *_Nonnull dw);
  // y ← x + gate ∘ h, one gate for all R rows.
  void (*_Nonnull gate_forward)(size_t R, size_t D, const float *_Nonnull x, const float *_Nonnull gate,
      const void *_Nonnull h, float *_Nonnull y);
  // dh ←(acc) gate ∘ dy; dgate[D] overwritten with Σ dy ∘ h.
  void (*_Nonnull gate_backward)(size_t R, size_t D, const float *_Nonnull dy, const float *_Nonnull gate,
      const void *_Nonnull h, void *_Nullable dh, int acc, float *_Nonnull dgate);
  // y ← a + b
  void (*_Nonnull add)(size_t n, const float *_Nonnull a, const void *_Nonnull b, float *_Nonnull y);
  // y ←(acc) x, to and from the operand's type.
  void (*_Nonnull round_rows)(
      size_t R, size_t D, const float *_Nonnull x, size_t ldx, void *_Nonnull y, size_t ldy, int acc);
  void (*_Nonnull widen_rows)(size_t R, size_t D, const void *_Nonnull x, size_t ldx, float *_Nonnull y, size_t ldy);

  // Packing: panels of `width` rows; word (w, i) of a panel holds elements pair·w … of row i's sum. Past the edges:
  // zeros. `type` says how src is stored (bf16 kernels round f32 sources). pack_rows: element (row, k) at src[row·ld +
  // k].
  void (*_Nonnull pack_rows)(
      size_t width, size_t rows, size_t k, const void *_Nonnull src, int type, size_t ld, float *_Nonnull dst);
  // Element (row, k) at src[k·ld + row]; the k elements become words first … of panels `total` words long. sums[row] ←
  // Σ_k, if given. Columns stored as bf16 go into panels of mr, nr or an attention head's width only.
  void (*_Nonnull pack_columns)(size_t width, size_t rows, size_t k, const void *_Nonnull src, int type, size_t ld,
      float *_Nonnull dst, size_t first, size_t total, float *_Nullable sums);
  // The product of m rows and n packed rows (width nr) over `words` words of panels that are `bs` words long. The left
  // rows are packed (width mr, `as` words a panel) or, with `stored`, at least mr rows as the operand stores them, `as`
  // elements apart; same bits.
  void (*_Nonnull tile)(size_t m, size_t n, size_t words, const void *_Nonnull a, size_t as, int stored,
      const float *_Nonnull b, size_t bs, const ok_out *_Nonnull out);
  // The same where a sum has `count` runs of `words` words: the left rows of run r, as the operand stores them, begin
  // at a + runs[r] bytes, and panels hold the runs one after another. Up to mr − 1 rows before the first are read.
  void (*_Nonnull tile_taps)(size_t m, size_t n, size_t words, const void *_Nonnull a, size_t as, size_t count,
      const ptrdiff_t *_Nonnull runs, const float *_Nonnull b, size_t bs, const ok_out *_Nonnull out);

  // Convolutions (convolution.inc). y ← act(x · k · gamma), k = √C / max(‖x‖, 1e-12), kept in norms; no norm without
  // gamma.
  void (*_Nonnull channel_rows)(size_t R, size_t C, const float *_Nonnull x, const float *_Nullable gamma, int act,
      float *_Nullable norms, void *_Nonnull y, size_t ldy);
  // dx ←(acc); dgamma[C] is overwritten with these rows' sums.
  void (*_Nonnull channel_backward)(size_t R, size_t C, const float *_Nonnull x, const float *_Nonnull gamma, int act,
      const float *_Nonnull norms, const float *_Nonnull dy, float *_Nullable dx, int acc, float *_Nonnull dgamma);
  // A panel [C·taps][nr] as words [count][words(C)][nr], each tap the sum of those its bits name.
  void (*_Nonnull tap_weights)(size_t C, size_t taps, const float *_Nonnull panel, size_t count,
      const uint32_t *_Nonnull sums, float *_Nonnull to);
  // F(2×2, 3×3): weights, inputs and outputs of a row of tiles.
  void (*_Nonnull winograd_weights)(
      size_t C, size_t kt, const float *_Nonnull panel, float *_Nonnull to, size_t position);
  void (*_Nonnull winograd_input)(
      size_t tiles, size_t C, const float *_Nonnull d, size_t row, void *_Nonnull v, size_t step, size_t position);
  void (*_Nonnull winograd_output)(size_t tiles, size_t N, const float *_Nonnull m, size_t position, size_t rows,
      size_t columns, const float *_Nullable bias, const float *_Nullable part, int acc, float *_Nonnull y, size_t row);

  // Softmax attention; lse in powers of two. `room` floats of scratch, aligned to 64 bytes.
  size_t (*_Nonnull attend_room)(size_t keys, size_t head);
  void (*_Nonnull attend)(
      const ok_head *_Nonnull h, void *_Nonnull o, size_t ldo, float *_Nonnull lse, float *_Nonnull room);
  size_t (*_Nonnull attend_backward_room)(size_t queries, size_t keys, size_t head);
  void (*_Nonnull attend_backward)(const ok_head *_Nonnull h, const void *_Nonnull o, const void *_Nonnull dout,
      size_t ldo, const float *_Nonnull lse, float *_Nonnull dq, float *_Nonnull dk, size_t ldg, void *_Nonnull dv,
      size_t lddv, int acc, float *_Nonnull room);
} ok_operand;

typedef struct ok_kernels {
  const char *_Nonnull name;

  void (*_Nonnull act_forward)(size_t n, const float *_Nonnull x, float *_Nonnull y, int act);
  // dx ←(acc) dy · act'(x); dx may be dy.
  void (*_Nonnull act_backward)(
      size_t n, const float *_Nonnull x, const float *_Nonnull dy, float *_Nonnull dx, int act, int acc);
  // y ← a·x + b·y
  void (*_Nonnull axpby)(size_t n, float a, const float *_Nonnull x, float b, float *_Nonnull y);
  // y ← a·x + b·z
  void (*_Nonnull mix)(size_t n, float a, const float *_Nonnull x, float b, const float *_Nonnull z, float *_Nonnull y);

  // Σ (a−b)² in Double; d ← 2·w·(a − b) when d is given.
  double (*_Nonnull squared_error)(size_t n, const float *_Nonnull a, const float *_Nonnull b);
  void (*_Nonnull squared_error_backward)(
      size_t n, float w, const float *_Nonnull a, const float *_Nonnull b, float *_Nonnull d, int acc);

  double (*_Nonnull sum_squares)(size_t n, const float *_Nonnull x);
  // AdamW (Loshchilov & Hutter 2019) as torch computes it; g is scaled by `grad` first; c1, c2 are 1 − β^t.
  void (*_Nonnull adamw)(size_t n, float *_Nonnull p, const float *_Nonnull g, float *_Nonnull m, float *_Nonnull v,
      float rate, float beta1, float beta2, float eps, float decay, float c1, float c2, float grad);
  // The same with moments of eight bits, a scale a block of 256: moments.inc. Blocks are numbered from `block`; (s0,
  // s1) and (k0, k1) key what they are rounded by.
  void (*_Nonnull adamw_bytes)(size_t n, float *_Nonnull p, const float *_Nonnull g, uint8_t *_Nonnull m,
      uint8_t *_Nonnull v, float *_Nonnull m_scale, float *_Nonnull v_scale, float rate, float beta1, float beta2,
      float eps, float decay, float c1, float c2, float grad, uint32_t block, uint32_t s0, uint32_t s1, uint32_t k0,
      uint32_t k1);

  // Philox 4x32-10 (Salmon et al. 2011): fills n floats from counter block `first`, key (k0, k1), stream (s0, s1).
  void (*_Nonnull normals)(
      size_t n, uint32_t first, uint32_t s0, uint32_t s1, uint32_t s2, uint32_t k0, uint32_t k1, float *_Nonnull out);

  // u8 [F,H,W,3] ↔ f32 latents, value·scale + offset.
  void (*_Nonnull from_bytes)(size_t n, const uint8_t *_Nonnull x, float scale, float offset, float *_Nonnull y);
  void (*_Nonnull to_bytes)(size_t n, const float *_Nonnull x, float scale, float offset, uint8_t *_Nonnull y);

  // y ← elements first ..< first + n of a stored row, at any address.
  void (*_Nonnull decode)(int type, size_t n, const void *_Nonnull row, size_t first, float *_Nonnull y);

  const ok_operand *_Nonnull f32;
  const ok_operand *_Nullable bf16;
} ok_kernels;

// The table for an instruction set ("scalar", "avx2", "avx512", "avx512bf16"), or NULL when this machine or build lacks
// it.
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
// Runs the tasks 0 ..< count on this thread and the pool's, and returns when all are done. A thread that takes part is
// given one: task(context, worker, first) does it, takes others until there are none (`ok_pool_take`), and returns how
// many it did. The caller is worker 0. Not reentrant.
void ok_pool_run(ok_pool *_Nonnull pool, int count, int (*_Nonnull task)(void *_Nonnull context, int worker, int first),
    void *_Nonnull context);
// The next task of the region this thread takes part in, or -1 when there is none.
int ok_pool_take(ok_pool *_Nonnull pool);

#ifdef __cplusplus
}
#endif
