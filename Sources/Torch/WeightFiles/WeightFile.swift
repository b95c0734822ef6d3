/// The tensors of a `.safetensors` file or of a PyTorch `.pth` file, mapped into memory and not yet read.
///
/// The file's content decides how it is read, not its name. A `.pth` file is a pickle, a small program; here only the
/// few instructions are carried out that put tensors into a dictionary, and anything else is an error.
///
/// ```swift
/// let weights = try WeightFile(path: "resnet18-f37072fd.pth")
/// let kernel = weights.tensors["conv1.weight"]  // (64, 3, 7, 7)
/// ```
///
/// The file must not be shortened by another program while its tensors are in use.
public struct WeightFile: Sendable {
  /// The tensors by name.
  public let tensors: [String: StoredTensor]
  /// The tensors' names in the file's order.
  public let names: [String]
  /// The text that a `.safetensors` file carries beside its tensors; empty for `.pth`.
  public let metadata: [String: String]

  /// Opens the weight file at `path`.
  ///
  /// - throws: `WeightFileError` for a file that is missing, cut short, damaged, hostile or of another kind.
  public init(path: String) throws(WeightFileError) {
    let file = try MappedFile(path: path)
    let stored: [StoredTensor]
    switch try WeightFileFormat(of: file) {
    case .safetensors:
      let header = try SafetensorsHeader(file)
      stored = try header.tensors(in: file)
      metadata = header.metadata
    case .zip:
      stored = try TorchArchive.tensors(inZip: file)
      metadata = [:]
    case .legacyPickle:
      stored = try TorchArchive.tensors(inLegacyPickle: file)
      metadata = [:]
    }
    names = stored.map(\.name)
    tensors = Dictionary(stored.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    guard tensors.count == names.count else {
      let repeated = Dictionary(grouping: names, by: { $0 }).first { $0.value.count > 1 }?.key ?? ""
      throw file.error("holds two tensors named \"\(repeated)\"")
    }
    try Self.checkTotal(stored, in: file)
  }

  /// Repeated values (strides of zero) and shared storage let a small file stand for tensors of any size.
  private static func checkTotal(_ stored: [StoredTensor], in file: MappedFile) throws(WeightFileError) {
    let limit = file.bytes.count * 8 + (64 << 20)
    var total = 0
    for tensor in stored {
      let (bytes, tooLarge) = tensor.count.multipliedReportingOverflow(by: tensor.dtype.byteCount)
      let (sum, overflow) = total.addingReportingOverflow(bytes)
      guard !tooLarge, !overflow, sum <= limit else {
        throw file.error("its tensors would unpack to far more than its \(file.bytes.count) bytes")
      }
      total = sum
    }
  }
}

/// The kinds of weight files, told apart by their first bytes.
enum WeightFileFormat {
  case safetensors, zip, legacyPickle

  init(of file: MappedFile) throws(WeightFileError) {
    let bytes = file.bytes
    if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      self = .zip
    } else if bytes.count >= TorchArchive.legacyMagic.count + 2, bytes[0] == 0x80,
      bytes[2...].starts(with: TorchArchive.legacyMagic)
    {
      self = .legacyPickle
    } else if bytes.count > 8, bytes[8] == UInt8(ascii: "{") {
      self = .safetensors
    } else if bytes.starts(with: [0x1F, 0x8B]) {
      throw file.error("is compressed with gzip", advice: "Unpack it first: gunzip -c FILE.gz > FILE")
    } else {
      throw file.error("is neither .safetensors nor a PyTorch .pth file")
    }
  }
}
