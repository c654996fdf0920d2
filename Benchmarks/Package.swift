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
let eddy: [Target.Dependency] = ["CEddyKernels", "EddyFiles", "EddyLM", "EddyNN", system]

let package = Package(
  name: "eddy-benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.2.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    // Without traits: counting allocations would need packages that Eddy has no use for.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
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
    .executableTarget(
      name: "eddy-jobs",
      dependencies: eddy + [.product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "compare/eddy-jobs", swiftSettings: settings),
    .executableTarget(
      name: "kernels",
      dependencies: eddy + [.product(name: "Benchmark", package: "benchmark")],
      path: "kernels", swiftSettings: settings,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  ]
)
