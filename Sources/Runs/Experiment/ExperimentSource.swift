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
    /// What the file does not say of itself, `KEY=VALUE` each.
    public var read: [String] = []
    /// The action space its actions belong to, of an experiment that trains on them.
    public var actions: String?
    /// What they are called where nobody says.
    package static let usualActions = "actions"
    package init(path: String, manifest: String?, without: [String] = [], read: [String] = []) {
      (self.path, self.manifest, self.without, self.read) = (path, manifest, without, read)
    }
  }
}

extension Experiment.Source: DocumentSection {
  package static let section = Section(Self(path: "", manifest: nil)) {
    Field("path", \.path, .path.required, hashed: .never, "dataset: an HDF5 file or a folder")
    Field(
      "manifest", \.manifest, .optional(.path), hashed: .never, "its consent manifest",
      default: "as the dataset names it, or `<dataset>.optin.json` beside it")
    Field(
      "without", \.without, .texts, hashed: .never, written: .whenNotDefault,
      "grants of the manifest not to be used, given or not; `consent plan-retrain` writes it")
    Field(
      "read", \.read, .texts, hashed: .never, written: .whenNotDefault,
      "what the file does not say, KEY=VALUE each as for `--read`; what it changes is in the contents' hash")
    Field(
      "actions", \.actions, .optional(.text), hashed: .never, written: .whenNotDefault,
      "the action space its actions belong to, where datasets of one run bring different ones", default: "actions")
  }
}
