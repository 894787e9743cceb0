import Files

extension LayoutFile {
  /// A clip whose rows are a JPEG or PNG each.
  /// - Parameter marked: a comment that says the pictures are ordinary RGB.
  /// - Returns: the pictures, and whether anything said what order their colours have.
  func encoded(
    _ node: StoredNode, flip: Reading.Flip = .none, mayLoseEnd: Bool = false, marked: String? = nil, clip: String
  ) throws -> (pictures: EncodedPictures, isOrderSaid: Bool) {
    let pictures = try EncodedPictures(
      EncodedRows(self, node), isSwapped: answers.jpegChannels == .bgr, flip: answers.flip ?? flip,
      mayLoseEnd: mayLoseEnd, place: "\(path), clip '\(clip)'")
    if answers.jpegChannels != nil { return (pictures, true) }
    return (pictures, marked.map { pictures.comments.contains(Array($0.utf8)) } ?? false)
  }

  /// Notes on the colours of JPEG pictures nobody says the order of.
  static let unsaidOrder =
    "JPEG colours are taken as the pictures say; OpenCV handed RGB would have swapped red and blue, and no byte tells: "
    + "if the sheet shows blue for red, --read jpeg_channels=bgr"
}
