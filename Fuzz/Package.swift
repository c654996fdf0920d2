// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

let package = Package(
  name: "eddy-fuzz",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    .target(name: "CEddyKernels", path: "Eddy/CEddyKernels"),
    .target(
      name: "EddyFiles", dependencies: [system], path: "Eddy/EddyFiles", swiftSettings: settings),
    .target(
      name: "EddyNN", dependencies: ["CEddyKernels"], path: "Eddy/EddyNN", swiftSettings: settings),
    .target(
      name: "EddyLM",
      dependencies: [
        "EddyFiles", "EddyNN", system, .product(name: "HeapModule", package: "swift-collections"),
      ],
      path: "Eddy/EddyLM", swiftSettings: settings),
    .target(name: "CFuzzer"),
    .executableTarget(
      name: "eddy-fuzz",
      dependencies: ["CFuzzer", "EddyFiles", "EddyLM", "EddyNN", system]),
  ]
)
