/// The scales that flow between frames of one size looks at.
struct FlowShape: Sendable, Equatable {
  let width, height: Int
  /// Scale s is 2^s times smaller than the frame; the coarsest still holds two patches a side.
  let coarsest: Int
  /// A multiple of 2^(coarsest + 1), so that every scale halves exactly and has an even width.
  let paddedWidth, paddedHeight: Int

  init(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    var scales = 0
    while min(width, height) >> (scales + 1) >= 2 * InverseSearch.patch { scales += 1 }
    coarsest = scales
    let unit = 1 << (scales + 1)
    (paddedWidth, paddedHeight) = ((width + unit - 1) / unit * unit, (height + unit - 1) / unit * unit)
  }
}
