// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "Listen",
  platforms: [.macOS(.v15)],
  dependencies: [
    // The folder of Emotive, in which `make setup` has put libtorch.
    .package(name: "emotive", path: "../..")
  ],
  targets: [
    .executableTarget(name: "listen", dependencies: [.product(name: "Recognition", package: "emotive")])
  ],
  swiftLanguageModes: [.v6]
)
