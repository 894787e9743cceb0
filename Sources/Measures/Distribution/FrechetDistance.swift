/// Fréchet (2-Wasserstein) distance between the Gaussians fitted to two sets of features, ≥ 0 ↓, in squared feature
/// units: ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½), covariances divided by n − 1 (Dowson & Landau 1982; Heusel et al. 2017
/// on Inception features).
///
/// tr(Σ₁Σ₂)^½ is the sum of the roots of the eigenvalues of Σ₁^½ Σ₂ Σ₁^½, which is symmetric: no complex parts to cut
/// off. Where a covariance is singular (n ≤ d), the roots of what should be zeros leave some 10⁻⁸ of the value to
/// rounding. It is named after its features (`frechet_distance` of a file's, `fd_std64` of ours); only on the logits of
/// one particular I3D network would it be FVD. Biased upward, strongly so below about ten clips a feature: equal n on
/// both sides, and never across different n.
/// Cannot see: anything beyond mean and covariance, or what the features leave out.
public enum FrechetDistance {
  public static let name = "frechet_distance"

  /// - Throws: `Problem` when the features are so large that their covariances are not finite.
  public static func value(_ a: FeatureMatrix, _ b: FeatureMatrix, threads: Int = 1) throws -> Double {
    try value(a.mean, a.covariance(threads: threads), b.mean, b.covariance(threads: threads), threads: threads)
  }

  /// From means and row-major covariances, d and d × d numbers each.
  /// - Throws: `Problem` when the covariances, or their product, are not finite.
  public static func value(means: ([Double], [Double]), covariances: ([Double], [Double])) throws -> Double {
    func matrix(_ values: [Double]) -> SquareMatrix {
      var matrix = SquareMatrix(means.0.count)
      precondition(
        values.count == matrix.values.count, "\(values.count) numbers for a covariance of \(matrix.size) features")
      matrix.values = values
      return matrix
    }
    return try value(means.0, matrix(covariances.0), means.1, matrix(covariances.1), threads: 1)
  }

  private static func value(
    _ m1: [Double], _ s1: SquareMatrix, _ m2: [Double], _ s2: SquareMatrix, threads: Int
  ) throws -> Double {
    precondition(m1.count == m2.count, "\(m1.count) and \(m2.count) features")
    let shift = zip(m1, m2).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let axes = try SymmetricEigen(s1, vectors: true, of: "the covariance of the first features")
    // Along Σ₁'s own axes Σ₁^½ Σ₂ Σ₁^½ is B Σ₂ Bᵀ with B = Λ^½ Vᵀ: the same eigenvalues, and no root is put together.
    // Rounding leaves eigenvalues a hair under zero where the covariance is singular.
    var b = SquareMatrix(s1.size)
    b.values = axes.vectors
    for (k, value) in axes.values.enumerated() {
      let root = max(value, 0).squareRoot()
      for i in 0..<b.size { b[k, i] *= root }
    }
    let inner = b.times(symmetric: s2, threads: threads).symmetricProduct(transposed: b, threads: threads)
    let cross = try SymmetricEigen(inner, vectors: false, of: "the product of the covariances").values.reduce(0) {
      $0 + max($1, 0).squareRoot()
    }
    return max(0, shift + s1.trace + s2.trace - 2 * cross)
  }
}
