#pragma once
#include <cblas.h>
#include <stddef.h>

// Eigenvalues, and for jobz 'V' eigenvectors, of the symmetric matrix whose `uplo` triangle lies column by column in
// `a`; LAPACK's documentation of dsyevd says what each argument is. Debian's OpenBLAS holds LAPACK's routines but
// neither LAPACKE nor a header for them, so this is the signature as gfortran compiles it: everything by address, and
// the lengths of the texts last.
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
    const int *lwork, int *iwork, const int *liwork, int *info, size_t jobz_length, size_t uplo_length);

// Solves A X = B with A symmetric and positive definite, of which the `uplo` triangle lies column by column in `a`, and
// the right sides in the columns of `b`; both are overwritten.
void dposv_(const char *uplo, const int *n, const int *nrhs, double *a, const int *lda, double *b, const int *ldb,
    int *info, size_t uplo_length);
