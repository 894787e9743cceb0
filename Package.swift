// swift-tools-version: 6.1
import PackageDescription

// Rooms and arrows: docs/DESIGN.md §2. A target imports only what it declares here; ArrowTests holds it to that.
let package = Package(
  name: "orrery",
  products: [.executable(name: "orrery", targets: ["orrery"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    .target(
      name: "CKernels", cSettings: [.define("_GNU_SOURCE")],
      linkerSettings: [.linkedLibrary("m"), .linkedLibrary("pthread")]),
    .target(name: "CTags"),
    .target(name: "CSandbox", cSettings: [.define("_GNU_SOURCE")]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
    .systemLibrary(
      name: "CFilters", providers: [.apt(["libzstd-dev", "liblz4-dev", "libblosc-dev", "libbz2-dev", "libaec-dev"])]),
    .systemLibrary(name: "CJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(
      name: "CAV", pkgConfig: "libavformat libavcodec libavutil libswscale",
      providers: [.apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswscale-dev"])]),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),

    .target(name: "Tensors", dependencies: ["CKernels"]),
    .target(name: "Files", dependencies: [.product(name: "Crypto", package: "swift-crypto"), "Yams"]),
    .target(name: "Sandbox", dependencies: ["Files", "CSandbox"]),
    .target(name: "Nets", dependencies: ["Tensors", "Files", "CKernels"]),
    .target(name: "Models", dependencies: ["Tensors", "Files", "Nets"]),
    .target(name: "Diffusion", dependencies: ["Tensors", "Files", "Nets", "Models"]),
    .target(name: "Frames", dependencies: ["Files"]),
    .target(
      name: "Media",
      dependencies: ["Files", "Sandbox", "Frames", "CAV", "CDeflate", "CFilters", "CHDF5", "CJPEG", "CTags"]),
    .target(name: "Worlds", dependencies: ["Files", "Frames"]),
    .target(name: "Measures", dependencies: ["Files", "Frames", "COpenBLAS"]),
    .target(name: "LearnedMeasures", dependencies: ["Tensors", "Files", "Frames", "Measures"]),
    .target(
      name: "Credentials",
      dependencies: [
        "Files", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "SwiftASN1", package: "swift-asn1"), .product(name: "X509", package: "swift-certificates"),
        .product(name: "_CryptoExtras", package: "swift-crypto"),
      ]),
    .target(
      name: "Consent",
      dependencies: [
        "Files", "Frames", "Credentials", .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .target(name: "Ledger", dependencies: ["Files", "Consent"]),
    .target(name: "Runs", dependencies: ["Tensors", "Files", "Nets", "Models", "Diffusion", "Consent", "Ledger"]),
    .target(
      name: "Clips",
      dependencies: [
        "Tensors", "Files", "Models", "Diffusion", "Frames", "Media", "Consent", "Ledger", "Runs",
      ]),
    .target(
      name: "Provenance",
      dependencies: [
        "Tensors", "Files", "Nets", "Models", "Diffusion", "Frames", "Media", "Credentials", "Consent", "Ledger",
        "Runs", "Clips",
      ]),
    .target(
      name: "Training",
      dependencies: [
        "Tensors", "Files", "Nets", "Models", "Diffusion", "Frames", "Media", "Measures", "LearnedMeasures", "Consent",
        "Ledger", "Runs", "Clips",
      ]),
    .target(
      name: "Bench",
      dependencies: [
        "Tensors", "Files", "Models", "Diffusion", "Frames", "Media", "Worlds", "Measures", "LearnedMeasures",
        "Credentials", "Consent", "Ledger", "Runs", "Clips", "Provenance", "Training",
      ]),
    .target(
      name: "Compare",
      dependencies: [
        "Files", "Models", "Diffusion", "Frames", "Measures", "Runs", "Provenance", "Training", "Bench",
      ]),
    .target(name: "Charts", dependencies: ["Files", "Measures"]),
    .target(
      name: "Pages",
      dependencies: [
        "Files", "Diffusion", "Measures", "Credentials", "Runs", "Provenance", "Training", "Bench", "Compare",
        "Charts",
      ],
      resources: [
        .embedInCode("Assets/report.css"), .embedInCode("Assets/player.css"), .embedInCode("Assets/report.js"),
        .embedInCode("Assets/player.js"), .embedInCode("Assets/sheets.js"), .embedInCode("Notebooks/Assets/load.py"),
        .embedInCode("Notebooks/Assets/means.py"), .embedInCode("Notebooks/Assets/forest.py"),
        .embedInCode("Notebooks/Assets/differences.py"), .embedInCode("Notebooks/Assets/scatter.py"),
      ]),
    .target(
      name: "Export",
      dependencies: [
        "Tensors", "Files", "Nets", "Models", "Diffusion", "Frames", "Media", "Worlds", "Measures", "Credentials",
        "Consent", "Ledger", "Runs", "Clips", "Provenance", "Training", "Bench",
      ]),
    .target(
      name: "Score",
      dependencies: ["Files", "Frames", "Media", "Worlds", "Measures", "LearnedMeasures", "Bench", "Charts"]),
    .target(
      name: "Perf",
      dependencies: [
        "Tensors", "Files", "Nets", "Models", "Frames", "Media", "Measures", "Runs", "Charts", "COpenBLAS",
      ]),
    .target(
      name: "Lab",
      dependencies: [
        "Tensors", "Files", "Models", "Diffusion", "Frames", "Media", "Worlds", "Measures", "LearnedMeasures",
        "Consent",
        "Ledger", "Runs", "Clips", "Provenance", "Training", "Bench", "Compare", "Pages", "Export",
      ]),
    .executableTarget(
      name: "orrery",
      dependencies: [
        "Tensors", "Files", "Sandbox", "Nets", "Models", "Diffusion", "Frames", "Media", "Worlds", "Measures",
        "LearnedMeasures", "Credentials",
        "Consent", "Ledger", "Runs", "Clips", "Provenance", "Training", "Bench", "Compare", "Pages", "Export",
        "Score", "Perf", "Lab", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .target(name: "TestKit", dependencies: ["Files"], path: "Tests/TestKit"),
    .testTarget(
      name: "ConsentTests",
      dependencies: [
        "Files", "Frames", "Media", "Consent", "Ledger", "Clips", "TestKit",
      ]),
    .testTarget(
      name: "CredentialsTests",
      dependencies: [
        "Files", "Frames", "Media", "Credentials", "TestKit", .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .testTarget(name: "DiffusionTests", dependencies: ["Tensors", "Files", "Nets", "Models", "Diffusion", "TestKit"]),
    .testTarget(name: "FilesTests", dependencies: ["Files", "TestKit"]),
    .testTarget(name: "FuzzTests", dependencies: ["Files", "CSandbox", "TestKit", "orrery"]),
    .testTarget(name: "HouseTests", dependencies: []),
    .testTarget(
      name: "LabTests",
      dependencies: [
        "Tensors", "Files", "Nets", "Models", "Diffusion", "Frames", "Media", "Worlds", "Measures",
        "LearnedMeasures", "Credentials",
        "Consent", "Ledger", "Runs", "Clips", "Provenance", "Training", "Bench", "Compare", "Charts", "Pages", "Export",
        "Score", "Perf", "Lab", "TestKit", "CHDF5",
      ]),
    .testTarget(
      name: "LearnedMeasuresTests",
      dependencies: ["Tensors", "Files", "Frames", "Measures", "LearnedMeasures", "TestKit"]),
    .testTarget(name: "MeasuresTests", dependencies: ["Files", "Frames", "Media", "Measures", "TestKit"]),
    .testTarget(
      name: "MediaTests",
      dependencies: ["Files", "Sandbox", "Frames", "Media", "Consent", "Clips", "TestKit", "CHDF5", "CTags"]),
    .testTarget(name: "NetsTests", dependencies: ["Tensors", "Files", "Nets", "TestKit"]),
    .testTarget(name: "SandboxTests", dependencies: ["Files", "Sandbox", "TestKit"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "Files", "TestKit", "COpenBLAS"]),
    .testTarget(name: "WorldsTests", dependencies: ["Files", "Frames", "Media", "Worlds", "TestKit"]),
  ],
  swiftLanguageModes: [.v6]
)

// A member comes from a module that its file imports: without this the compiler lets members leak through whatever is loaded.
for target in package.targets where target.type != .system {
  target.swiftSettings = (target.swiftSettings ?? []) + [.enableUpcomingFeature("MemberImportVisibility")]
}

// `make fuzz-c`: decoders under libFuzzer and AddressSanitizer, in a build folder of their own. The variable names libFuzzer's
// archive (compiler-rt's fuzzer_no_main).
if let archive = Context.environment["ORRERY_LIBFUZZER"] {
  for target in package.targets {
    if ["CTags", "CSandbox"].contains(target.name) {
      target.cSettings = (target.cSettings ?? []) + [.unsafeFlags(["-fsanitize=fuzzer-no-link,address,undefined"])]
    }
    if ["Files", "Sandbox", "Media", "Credentials"].contains(target.name) {
      target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-sanitize=fuzzer,address"])]
    }
  }
  package.targets += [
    .target(
      name: "CBytes", dependencies: ["CHDF5", "CTags", "CSandbox"], path: "Tests/FuzzBytes/C",
      cSettings: [
        .headerSearchPath("../../../Sources/CHDF5"), .unsafeFlags(["-fsanitize=fuzzer-no-link,address,undefined"]),
      ]),
    .executableTarget(
      name: "orrery-bytes", dependencies: ["CBytes", "Credentials", "Files", "Media", "Sandbox"],
      path: "Tests/FuzzBytes/Swift",
      swiftSettings: [.unsafeFlags(["-sanitize=fuzzer,address"]), .enableUpcomingFeature("MemberImportVisibility")],
      linkerSettings: [.unsafeFlags(["-sanitize=address", archive, "-lstdc++"])]),
  ]
}
