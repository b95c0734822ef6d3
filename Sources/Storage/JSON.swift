import Foundation

/// JSON as all of Emotive's files and answers have it: keys in snake case and sorted, so that equal values are equal bytes.
package enum JSON {
  /// A value as JSON.
  ///
  /// - parameter pretty: whether it is laid out for people, over several lines.
  /// - throws: `EncodingError`, such as for a number that is not finite.
  package static func encode(_ value: some Encodable, pretty: Bool = false) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.dateEncodingStrategy = .iso8601
    return try encoder.encode(value)
  }

  /// The same as text, in one line or laid out for people.
  ///
  /// - throws: as ``encode(_:pretty:)``.
  package static func text(_ value: some Encodable, pretty: Bool = false) throws -> String {
    String(decoding: try encode(value, pretty: pretty), as: UTF8.self)
  }

  /// A value from JSON; keys may be in camel case too, as many were until 2026-11-26.
  ///
  /// - throws: `DecodingError`.
  package static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom { Key(stringValue: property($0.last?.stringValue ?? "")) }
    return try decoder.decode(type, from: data)
  }

  /// The name of the property that a key is of: `validation_uar` is of `validationUAR`.
  private static func property(_ key: String) -> String {
    let words = key.split(separator: "_")
    // An enumeration's unnamed value is `_0`.
    guard let first = words.first, words.count > 1 else { return renamed[key] ?? key }
    return words.dropFirst().reduce(String(first)) { name, word in
      name + (["wa", "uar"].contains(word) ? word.uppercased() : word.prefix(1).uppercased() + word.dropFirst())
    }
  }

  /// The key of a property, for messages.
  package static func key(of property: String) -> String {
    property.replacing(/([a-z0-9])([A-Z])/) { "\($0.output.1)_\($0.output.2)" }.lowercased()
  }

  /// What properties were called when keys were in camel case.
  private static let renamed = ["frozenPrefixes": "frozenLayers"]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
