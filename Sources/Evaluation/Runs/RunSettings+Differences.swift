import Foundation
import Storage

extension RunSettings {
  /// The keys in run.json of the settings that two runs have otherwise, such as `training.learning_rate`, in order.
  ///
  /// - throws: `EncodingError`, such as for a number that is not finite.
  package func differences(from other: RunSettings) throws -> [String] {
    let (own, others) = (try values(), try other.values())
    return Set(own.keys).union(others.keys).sorted().filter { own[$0] != others[$0] }
  }

  /// The JSON of each setting by its key; a choice with values of its own, as a schedule is, is one setting.
  private func values() throws -> [String: Data] {
    let groups: Set = ["features", "training", "training.augmentation"]
    var values: [String: Data] = [:]
    func add(_ group: Any, below path: String) throws {
      for (name, value) in (group as? [String: Any]) ?? [:] {
        let key = path + name
        if groups.contains(key) {
          try add(value, below: key + ".")
        } else {
          values[key] = try JSONSerialization.data(withJSONObject: [value], options: .sortedKeys)
        }
      }
    }
    try add(JSONSerialization.jsonObject(with: JSON.encode(self)), below: "")
    return values
  }
}
