/// Which build wrote a file.
public enum Build { public static let version = "orrery 0.3.0" }
