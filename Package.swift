// swift-tools-version: 6.1
import PackageDescription

// Rooms and arrows: docs/DESIGN.md §2. A target imports only what its arrow shows.
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
    .target(name: "CKernels", cSettings: [.define("_GNU_SOURCE")], linkerSettings: [.linkedLibrary("m"), .linkedLibrary("pthread")]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
    .systemLibrary(name: "CAV", pkgConfig: "libavformat libavcodec libavutil libswscale",
                   providers: [.apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswscale-dev"])]),

    .target(name: "Tensors", dependencies: ["CKernels"]),
    .target(name: "Files", dependencies: ["Tensors", "Yams", .product(name: "Crypto", package: "swift-crypto")]),
    .target(name: "Credentials", dependencies: [
      "Files", .product(name: "Crypto", package: "swift-crypto"), .product(name: "_CryptoExtras", package: "swift-crypto"),
      .product(name: "X509", package: "swift-certificates"), .product(name: "SwiftASN1", package: "swift-asn1"),
    ]),
    .target(name: "Media", dependencies: ["Files", "CHDF5", "CDeflate", "CAV"]),
    .target(name: "Consent", dependencies: ["Credentials", "Media", .product(name: "Crypto", package: "swift-crypto")]),
    .target(name: "Nets", dependencies: ["Files", "CKernels"]),
    .target(name: "Diffusion", dependencies: ["Nets"]),
    .target(name: "Worlds", dependencies: ["Media"]),
    .target(name: "Measures", dependencies: ["Media"]),
    .target(name: "Lab", dependencies: ["Consent", "Credentials", "Diffusion", "Worlds", "Measures"]),
    .executableTarget(name: "orrery", dependencies: ["Lab", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

    .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
    .testTarget(name: "FilesTests", dependencies: ["Files"]),
    .testTarget(name: "CredentialsTests", dependencies: ["Credentials", "Media", .product(name: "Crypto", package: "swift-crypto")]),
    .testTarget(name: "MediaTests", dependencies: ["Media"]),
    .testTarget(name: "ConsentTests", dependencies: ["Consent"]),
    .testTarget(name: "NetsTests", dependencies: ["Nets"]),
    .testTarget(name: "DiffusionTests", dependencies: ["Diffusion"], resources: []),
    .testTarget(name: "WorldsTests", dependencies: ["Worlds"]),
    .testTarget(name: "MeasuresTests", dependencies: ["Measures"]),
    .testTarget(name: "LabTests", dependencies: ["Lab"]),
  ],
  swiftLanguageModes: [.v6]
)
