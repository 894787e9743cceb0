import Files

/// What the original code's config.json says and no tensor tells: heads and eps. It is known by `_class_name:
/// WanModel`, or by `num_heads` where that is missing; what else stands in it is told by the tensors.
struct OriginalConfig {
  let heads: Int
  let eps: Double

  /// - Returns: nil where there is no such file.
  /// - Throws: `Problem` when it is one, and says something that cannot be.
  init?(_ folder: String) throws {
    let place = folder + "/config.json"
    guard Disk.exists(place) else { return nil }
    let json = try JSON.parse(Disk.readText(place), at: place)
    guard let count = json["num_heads"] else { return nil }
    guard let heads = count.integer, (1...1024).contains(heads) else {
      throw Problem("num_heads is \(JSON.line(count)); it can be 1 to 1024", at: place)
    }
    let eps = json["eps"]?.double ?? 1e-6
    guard eps >= 0, eps <= 1 else { throw Problem("eps is \(eps); it can be 0 to 1", at: place) }
    (self.heads, self.eps) = (heads, eps)
  }
}
