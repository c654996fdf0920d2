// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

let package = Package(
  name: "eddy",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "EddyNN", targets: ["EddyNN"]),
    .library(name: "EddyLM", targets: ["EddyLM"]),
    .executable(name: "eddy", targets: ["eddy"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    .target(name: "CEddyKernels"),
    .target(name: "EddyFiles", dependencies: [system], swiftSettings: strict),
    .target(name: "EddyNN", dependencies: ["CEddyKernels"], swiftSettings: strict),
    .target(
      name: "EddyLM",
      dependencies: [
        "EddyFiles", "EddyNN", system, .product(name: "HeapModule", package: "swift-collections"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "eddy",
      dependencies: [
        "EddyFiles", "EddyLM", "EddyNN", system,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .target(
      name: "Plots", dependencies: ["EddyNN"], path: "Examples/Plots", swiftSettings: strict),
    .executableTarget(
      name: "chapter5", dependencies: ["EddyLM", "EddyNN", "Plots"], path: "Examples/Chapter5",
      swiftSettings: strict),
    .executableTarget(
      name: "long-memory", dependencies: ["EddyLM", "EddyNN", "Plots"],
      path: "Examples/LongMemory", swiftSettings: strict),
    .testTarget(
      name: "EddyFilesTests", dependencies: ["EddyFiles", system], swiftSettings: strict),
    .testTarget(
      name: "EddyNNTests", dependencies: ["CEddyKernels", "EddyFiles", "EddyNN", system],
      swiftSettings: strict),
    .testTarget(
      name: "EddyLMTests", dependencies: ["EddyFiles", "EddyLM", "EddyNN", system],
      exclude: ["Formats"], swiftSettings: strict),
    .testTarget(
      name: "eddyTests", dependencies: ["eddy", "EddyFiles", system], swiftSettings: strict),
  ]
)
