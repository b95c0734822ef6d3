// swift-tools-version: 6.1
import Foundation
import PackageDescription

let root = Context.packageDirectory
let libtorch = Context.environment["LIBTORCH"] ?? "\(root)/.libtorch/torch"
guard FileManager.default.fileExists(atPath: "\(libtorch)/include/torch/csrc/api/include/torch/torch.h") else {
  let message = "libtorch is not at \(libtorch): run `make setup` (or point LIBTORCH at a libtorch 2.13 folder).\n"
  FileHandle.standardError.write(Data(message.utf8))
  exit(1)
}

let libtorchHeaders: [CXXSetting] = [
  .unsafeFlags(["-isystem", "\(libtorch)/include", "-isystem", "\(libtorch)/include/torch/csrc/api/include"])
]
// The run path is written into each executable, so that nothing has to be set when it runs.
var libtorchLinkage: [LinkerSetting] = [
  .unsafeFlags(["-L\(libtorch)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(libtorch)/lib"]),
  .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
]
if FileManager.default.fileExists(atPath: "\(libtorch)/lib/libtorch_cuda.so") {
  // It makes itself known to libtorch when it is loaded; no symbol of it is named here, so the linker would leave it out.
  libtorchLinkage.append(
    .unsafeFlags(["-Xlinker", "--no-as-needed", "-Xlinker", "-ltorch_cuda", "-Xlinker", "--as-needed"]))
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

/// The tests of a target, which may read and write JSON. Golden values are read from the source folder: copied as resources they would need the rights of
/// their owner.
func tests(_ target: String, _ others: [Target.Dependency] = [], golden: Bool = false) -> Target {
  .testTarget(
    name: "\(target)Tests", dependencies: [.byName(name: target), "Storage"] + others, exclude: golden ? ["Golden"] : []
  )
}

let package = Package(
  name: "emotive",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "emotive", targets: ["emotive"]),
    .library(name: "Recognition", targets: ["Recognition", "Audio"]),
    .library(name: "Training", targets: ["Training"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: ["FullFoundation"]),
    // What Hummingbird stands on, where its own names are needed.
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .target(name: "CTorch", cxxSettings: libtorchHeaders, linkerSettings: libtorchLinkage),
    .systemLibrary(name: "CSndfile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(name: "CSoxr", pkgConfig: "soxr", providers: [.apt(["libsoxr-dev"])]),
    .systemLibrary(name: "CLiblinear", providers: [.apt(["liblinear-dev"])]),
    .target(name: "Storage"),
    .target(name: "Torch", dependencies: ["CTorch", "Storage"]),
    .target(name: "Audio", dependencies: ["CSndfile", "CSoxr"]),
    // Optimised in debug builds too: these loops take seconds there otherwise.
    .target(
      name: "CFeatures", cSettings: [.unsafeFlags(["-O3", "-ffp-contract=fast", "-fno-math-errno", "-Wno-psabi"])]),
    .target(name: "Features", dependencies: ["Audio", "Torch", "CFeatures", "Storage"]),
    .target(name: "Downloads", dependencies: ["Storage", crypto]),
    .target(name: "Corpora", dependencies: ["Audio", "Downloads", "Storage", crypto]),
    .target(name: "Networks", dependencies: ["Torch", "Downloads"]),
    // Each target names all that it imports: what is only reached through another is not built anew when it changes.
    .target(
      name: "Training", dependencies: ["Features", "Audio", "Corpora", "Networks", "CLiblinear", "Torch", "Storage"]),
    .target(
      name: "Evaluation", dependencies: ["Training", "Corpora", "Features", "Networks", "Torch", "Storage"]),
    .target(name: "Reporting", dependencies: ["Evaluation", "Corpora", "Audio", "Features", "Training", "Storage"]),
    .target(
      name: "Recognition", dependencies: ["Features", "Networks", "Evaluation", "Audio", "Corpora", "Torch", "Storage"]),
    .target(
      name: "Server",
      dependencies: [
        "Recognition", "Evaluation", "Features", "Audio", "Torch", "Storage",
        crypto,
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      resources: [.embedInCode("Page"), .embedInCode("openapi.json")]),
    .executableTarget(
      name: "emotive",
      dependencies: [
        "Recognition", "Reporting", "Downloads", "Server", "Evaluation", "Training", "Networks", "Corpora", "Features",
        "Audio", "Torch", "Storage",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    // Our side of `make bench`; no product, so that it is built only when asked for.
    .executableTarget(
      name: "benchmarks",
      dependencies: [
        "Features", "Networks", "Torch", "Training", "Storage",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/Ours"),
    .testTarget(name: "StorageTests", dependencies: ["Storage"]),
    tests("Torch", golden: true),
    tests("Audio", ["CSndfile"], golden: true),
    tests("Features", ["Audio", "Torch", "CFeatures"], golden: true),
    tests("Downloads", [crypto]),
    tests("Corpora", ["Downloads", "CSndfile"]),
    tests("Networks", ["Torch", "Downloads", crypto], golden: true),
    tests("Training", ["Audio", "Corpora", "Features", "Networks", "Torch"], golden: true),
    tests("Evaluation", ["Corpora", "Features", "Training"], golden: true),
    tests("Reporting", ["Evaluation", "Corpora", "Training"]),
    tests("Recognition", ["Evaluation", "Training", "Networks", "Corpora", "Features", "Audio", "Torch"]),
    tests(
      "Server",
      [
        "emotive", "Recognition", "Evaluation", "Training", "Networks", "Features", "Audio", "Torch",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ]),
    .testTarget(
      name: "CommandTests", dependencies: ["emotive", "Torch", "Audio", "Networks", "Corpora", "Recognition"]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
