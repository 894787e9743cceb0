import Files

extension Experiment {
  /// One dataset of an experiment.
  public struct Source: Sendable, Equatable {
    /// HDF5 file, absolute.
    public var path: String
    /// Consent manifest, absolute; nil takes the file's own `optin_manifest`.
    public var manifest: String?
    /// Grants of the manifest that are not to be used, given or not.
    public var without: [String] = []
    package init(path: String, manifest: String?, without: [String] = []) {
      (self.path, self.manifest, self.without) = (path, manifest, without)
    }
  }
}

extension Experiment.Source: DocumentSection {
  package static let section = Section(Self(path: "", manifest: nil)) {
    Field("path", \.path, .path.required, hashed: .never, "HDF5 dataset")
    Field(
      "manifest", \.manifest, .optional(.path), hashed: .never, "its consent manifest",
      default: "as the dataset names it, or `<dataset>.optin.json` beside it")
    Field(
      "without", \.without, .texts, hashed: .never, written: .whenNotDefault,
      "grants of the manifest not to be used, given or not; `consent plan-retrain` writes it")
  }
}
