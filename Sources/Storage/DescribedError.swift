import Foundation

/// An error whose description is written for people, so that Foundation shows it, too.
package protocol DescribedError: LocalizedError, CustomStringConvertible {}

extension DescribedError {
  // As visible as Foundation's requirement, which it meets for public types.
  /// The description.
  public var errorDescription: String? { description }
}
