import CTorch
import Storage

/// The named parameters and buffers of a network, in the order in which its layers were built.
///
/// Names are the keys of torchvision's state dict. Where libtorch fails, `TorchError` is thrown with its message.
public final class ParameterStore {
  /// What one name stands for.
  public struct Entry {
    /// The state-dict key.
    public let name: String
    /// The values; the layers hold the same tensor.
    public let tensor: Tensor
    /// False for buffers, such as running statistics, which no gradient reaches, and for frozen parameters.
    public fileprivate(set) var isTrainable: Bool
  }

  /// All entries, in order of construction.
  public private(set) var entries: [Entry] = []

  private let isDrawn: Bool

  /// An empty store.
  ///
  /// - Parameter isDrawn: draws the random start of the layers' parameters; without it they are zeros, for weights that
  ///   are loaded over them anyway, and libtorch's generator stays as it was.
  public init(isDrawn: Bool = true) { self.isDrawn = isDrawn }

  /// The place from which layers name their parameters.
  public var root: Scope { Scope(store: self, prefix: "") }

  fileprivate func start(_ shape: [Int], _ draw: ([Int]) throws -> Tensor) throws -> Tensor {
    try isDrawn ? draw(shape) : .zeros(shape)
  }

  func add(_ name: String, _ tensor: Tensor, isTrainable: Bool) throws -> Tensor {
    if isTrainable { try tensor.requireGradient() }
    entries.append(Entry(name: name, tensor: tensor, isTrainable: isTrainable))
    return tensor
  }

  /// The parameters that are trained.
  public var trainable: [Tensor] { entries.filter(\.isTrainable).map(\.tensor) }

  /// Keeps the layers of these names, and all below them, as they are: no gradient reaches their parameters, and their
  /// running statistics learn nothing.
  ///
  /// - Parameter layers: names such as `layer1` or `features.0`.
  /// - Returns: the names that no parameter has.
  public func freeze(_ layers: [String]) throws -> [String] {
    try layers.filter { layer in
      let below = layer.hasSuffix(".") ? layer : layer + "."
      let frozen = entries.indices.filter { entries[$0].name == layer || entries[$0].name.hasPrefix(below) }
      for index in frozen where entries[index].isTrainable {
        entries[index].isTrainable = false
        try entries[index].tensor.requireGradient(false)
      }
      return frozen.isEmpty
    }
  }

  /// Moves every entry to a device, where the layers then find it.
  public func move(to device: Device) throws {
    for entry in entries { try check { ct_move(entry.tensor.handle, device.code, $0) } }
  }

  /// Lays the weights of convolutions out with channels innermost, as images that are so laid out meet them: otherwise
  /// libtorch does it anew at every call.
  public func layChannelsLast() throws {
    for entry in entries { try check { ct_lay_channels_last(entry.tensor.handle, $0) } }
  }

  /// The number of trainable elements.
  public var parameterCount: Int { entries.filter(\.isTrainable).reduce(0) { $0 + $1.tensor.count } }

  /// Copies every entry from `tensors`, strictly: each key must be there, with its shape, and no other.
  ///
  /// `num_batches_tracked` counters are passed over, as no layer here reads them.
  ///
  /// - throws: `ParameterMismatch` with the keys at fault, before anything is copied.
  public func load(_ tensors: [String: Tensor]) throws { try load(tensors.mapValues(\.shape)) { tensors[$0] } }

  /// The same with tensors that are read when their turn comes, so that no two copies of all are in memory.
  ///
  /// - throws: `ParameterMismatch` with the keys at fault, before anything is copied, and what `read` throws.
  public func load(_ shapes: [String: [Int]], read: (String) throws -> Tensor?) throws {
    let known = Set(entries.map(\.name))
    let given = shapes.keys.filter { !$0.hasSuffix("num_batches_tracked") }
    let mismatch = ParameterMismatch(
      missing: entries.map(\.name).filter { shapes[$0] == nil },
      surplus: given.filter { !known.contains($0) }.sorted(),
      misshapen: entries.compactMap { entry in
        guard let found = shapes[entry.name], found != entry.tensor.shape else { return nil }
        return "\(entry.name) is \(found), expected \(entry.tensor.shape)"
      })
    guard mismatch.isEmpty else { throw mismatch }
    for entry in entries {
      if let source = try read(entry.name) { try entry.tensor.assign(source) }
    }
  }
}

/// A place in a `ParameterStore`, such as `features.3.squeeze`.
public struct Scope {
  let store: ParameterStore
  let prefix: String

  /// The scope of a layer below this one.
  public func callAsFunction(_ name: String) -> Scope { Scope(store: store, prefix: prefix + name + ".") }

  /// The scope of a numbered layer below this one.
  public func callAsFunction(_ index: Int) -> Scope { self(String(index)) }

  /// Adds a trainable tensor of `shape` with the random start that `draw` gives.
  func parameter(_ name: String, _ shape: [Int], _ draw: ([Int]) throws -> Tensor) throws -> Tensor {
    try parameter(name, store.start(shape, draw))
  }

  /// Adds a trainable tensor.
  public func parameter(_ name: String, _ tensor: Tensor) throws -> Tensor {
    try store.add(prefix + name, tensor, isTrainable: true)
  }

  /// Adds a tensor that is stored with the network but not trained.
  public func buffer(_ name: String, _ tensor: Tensor) throws -> Tensor {
    try store.add(prefix + name, tensor, isTrainable: false)
  }
}

/// Weights that do not belong to the network they were given to.
public struct ParameterMismatch: DescribedError {
  /// Keys that the network has and the weights have not.
  public let missing: [String]
  /// Keys that the weights have and the network has not.
  public let surplus: [String]
  /// Keys with another shape, with both shapes.
  public let misshapen: [String]

  var isEmpty: Bool { missing.isEmpty && surplus.isEmpty && misshapen.isEmpty }

  /// The keys at fault, by fault.
  public var description: String {
    let parts = [("missing", missing), ("surplus", surplus), ("of another shape", misshapen)]
    let faults = parts.filter { !$0.1.isEmpty }.map { "\($0.1.count) \($0.0): \($0.1.joined(separator: ", "))" }
    return "the weights do not fit the network: " + faults.joined(separator: "; ")
  }
}
