import Foundation
import Storage

extension RunSettings {
  /// The keys whose values another run has otherwise, as `run.json` names them: `training.epochs`.
  ///
  /// - throws: `EncodingError` for numbers that are not finite.
  package func differences(from other: RunSettings) throws -> [String] {
    func fields(_ settings: RunSettings) throws -> [String: String] {
      try Self.fields(JSONSerialization.jsonObject(with: JSON.encode(settings)), under: "")
    }
    let (mine, theirs) = (try fields(self), try fields(other))
    return Set(mine.keys).union(theirs.keys).filter { mine[$0] != theirs[$0] }.sorted()
  }

  private static func fields(_ value: Any, under name: String) -> [String: String] {
    guard let object = value as? [String: Any] else { return [name: "\(value)"] }
    return object.reduce(into: [:]) { all, field in
      all.merge(fields(field.value, under: name.isEmpty ? field.key : "\(name).\(field.key)")) { $1 }
    }
  }
}
