import Foundation
import Storage

/// A number with a fixed number of decimals; three are how metrics are shown.
package func decimals(_ value: Double, _ count: Int = 3) -> String { String(format: "%.\(count)f", value) }

/// A number without decimals that are zero.
package func plain(_ value: Double) -> String { String(format: "%g", value) }

/// A difference of shares in points, with its sign: "+2.5".
package func points(_ share: Double) -> String {
  let text = String(format: "%+.1f", 100 * share)
  return text == "-0.0" || text == "+0.0" ? "0.0" : text
}

/// "a, b and c".
package func listed(_ items: [String]) -> String {
  items.count < 2 ? items.joined() : "\(items.dropLast().joined(separator: ", ")) and \(items[items.count - 1])"
}

/// What is wrong with a JSON file, in a few words; of an error that is not about its content, its own description.
package func inWords(_ error: any Error) -> String {
  func path(_ keys: [any CodingKey]) -> String { keys.map { JSON.key(of: $0.stringValue) }.joined(separator: ".") }
  return switch error as? DecodingError {
  case .keyNotFound(let key, let context): "\(path(context.codingPath + [key])) is missing"
  case .typeMismatch(_, let context), .valueNotFound(_, let context):
    "\(path(context.codingPath)) has another type than expected"
  case .dataCorrupted(let context):
    [path(context.codingPath), context.debugDescription].filter { !$0.isEmpty }.joined(separator: ": ")
  default: error.localizedDescription
  }
}
