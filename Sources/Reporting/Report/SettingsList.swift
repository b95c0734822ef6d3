import Evaluation
import Foundation
import Storage

/// Settings as names and values in a line each, so that those of several runs can be compared.
struct SettingsList {
  /// Each setting's value by its name, such as `training.learning_rate`.
  let values: [String: String]

  init(_ settings: RunSettings) throws {
    let tree = try JSONDecoder().decode(Tree.self, from: JSON.encode(settings))
    values = Dictionary(uniqueKeysWithValues: tree.leaves(""))
  }

  /// What all lists say alike.
  static func common(_ lists: [SettingsList]) -> [String: String] {
    guard let first = lists.first else { return [:] }
    return first.values.filter { name, value in lists.allSatisfy { $0.values[name] == value } }
  }

  private enum Tree: Decodable {
    case none
    case flag(Bool)
    case whole(Int)
    case number(Double)
    case text(String)
    case list([Tree])
    case group([String: Tree])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .none
      } else if let value = try? container.decode(Bool.self) {
        self = .flag(value)
      } else if let value = try? container.decode(Int.self) {
        self = .whole(value)
      } else if let value = try? container.decode(Double.self) {
        self = .number(value)
      } else if let value = try? container.decode(String.self) {
        self = .text(value)
      } else if let value = try? container.decode([Tree].self) {
        self = .list(value)
      } else {
        self = .group(try container.decode([String: Tree].self))
      }
    }

    func leaves(_ name: String) -> [(String, String)] {
      switch self {
      // The case of an enumeration without values: {"test": {}}.
      case .group(let members) where members.count == 1 && members.values.allSatisfy(\.isEmpty):
        [(name, members.keys.joined())]
      case .group(let members):
        members.flatMap { key, value in value.leaves(name.isEmpty ? key : key == "_0" ? name : "\(name).\(key)") }
      default: [(name, text)]
      }
    }

    private var isEmpty: Bool {
      if case .group(let members) = self { members.isEmpty } else { false }
    }

    private var text: String {
      switch self {
      case .none: "none"
      case .flag(let value): value ? "yes" : "no"
      case .whole(let value): "\(value)"
      case .number(let value): "\(value)"
      case .text(let value): value
      case .list(let values): values.isEmpty ? "none" : values.map(\.text).joined(separator: ", ")
      case .group: ""
      }
    }
  }
}
