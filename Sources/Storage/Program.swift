/// What the program says of itself.
package enum Program {
  /// Its version, which `emotive --version` prints.
  package static let version = "0.1.0-dev"
}
