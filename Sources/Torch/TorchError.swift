import CTorch
import Storage

/// A failure inside libtorch, with libtorch's own message.
public struct TorchError: DescribedError {
  /// What libtorch said.
  public let message: String

  /// Makes an error with a message of our own, for failures found before libtorch is asked.
  public init(_ message: String) { self.message = message }

  /// The message alone.
  public var description: String { message }
}

typealias Message = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// Calls a shim function and throws what it reports.
func check(_ call: (Message) -> Int32) throws {
  var message: UnsafeMutablePointer<CChar>?
  guard call(&message) != 0 else { return }
  let text = message.map { String(cString: $0) } ?? "libtorch failed without a message"
  ct_free_message(message)
  throw TorchError(text)
}

/// Calls a shim function that makes one tensor.
func tensor(_ call: (UnsafeMutablePointer<ct_tensor?>, Message) -> Int32) throws -> Tensor {
  var handle: ct_tensor?
  try check { call(&handle, $0) }
  guard let handle else { throw TorchError("libtorch returned no tensor") }
  return Tensor(owning: handle)
}
