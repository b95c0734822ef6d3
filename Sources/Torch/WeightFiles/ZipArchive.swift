/// The table of contents of a zip archive with uncompressed entries, as PyTorch writes it, zip64 included.
struct ZipArchive {
  private struct Entry {
    var isStored: Bool
    var byteCount: Int
    var headerOffset: Int
  }

  private let file: MappedFile
  private let entries: [String: Entry]
  /// Entries end where the table of contents begins.
  private let entriesEnd: Int

  init(_ file: MappedFile) throws(WeightFileError) {
    let directory = try Self.directory(of: file)
    var reader = ByteReader(file, directory.range)
    var entries: [String: Entry] = [:]
    // Each entry takes at least 46 bytes of the table, so that its true size bounds the loop, not its claimed one.
    while !reader.isAtEnd {
      let (name, entry) = try Self.entry(&reader)
      guard entries.updateValue(entry, forKey: name) == nil else {
        throw file.error("holds the zip entry \"\(name)\" twice")
      }
    }
    guard entries.count == directory.entryCount else {
      throw file.error("claims \(directory.entryCount) zip entries and has \(entries.count)")
    }
    self.file = file
    self.entries = entries
    entriesEnd = directory.range.lowerBound
  }

  /// The names of all entries, in no order.
  var names: some Collection<String> { entries.keys }

  /// Where the bytes of the entry lie in the file, or nil where the archive has no such entry.
  func range(of name: String) throws(WeightFileError) -> Range<Int>? {
    guard let entry = entries[name] else { return nil }
    guard entry.isStored else {
      throw file.error(
        "holds \"\(name)\" compressed or encrypted, which PyTorch never does",
        advice: "Unpack the archive and pack it again without compression: zip -0")
    }
    var reader = ByteReader(file, entry.headerOffset..<max(entry.headerOffset, entriesEnd))
    let signature = try reader.integer(UInt32.self, "a zip entry's header")
    _ = try reader.take(22, "a zip entry's header")
    let nameLength = try reader.integer(UInt16.self, "a zip entry's header")
    let extraLength = try reader.integer(UInt16.self, "a zip entry's header")
    let localName = try reader.text(Int(nameLength), "a zip entry's name")
    guard signature == 0x0403_4B50, localName == name else {
      throw file.error("has a zip directory that lies about where \"\(name)\" is")
    }
    _ = try reader.take(Int(extraLength), "a zip entry's extra field")
    let start = reader.offset
    _ = try reader.take(entry.byteCount, "zip entry \"\(name)\"")
    return start..<reader.offset
  }

  /// Finds the table of contents from the record at the file's very end.
  private static func directory(of file: MappedFile) throws(WeightFileError) -> (range: Range<Int>, entryCount: Int) {
    let end = try endRecord(of: file)
    var reader = ByteReader(file, end..<file.bytes.count)
    _ = try reader.take(10, "the zip end record")
    var entryCount = Int(try reader.integer(UInt16.self, "the zip end record"))
    var size = Int(try reader.integer(UInt32.self, "the zip end record"))
    var start = Int(try reader.integer(UInt32.self, "the zip end record"))
    var limit = end
    var locator = ByteReader(file, end - 20..<end)
    // PyTorch writes the zip64 records always, other programs only for large archives.
    if end >= 20, try locator.integer(UInt32.self, "the zip64 locator") == 0x0706_4B50 {
      _ = try locator.take(4, "the zip64 locator")
      limit = try locator.position("the zip64 end record's position")
      var record = ByteReader(file, limit..<max(limit, end - 20))
      guard try record.integer(UInt32.self, "the zip64 end record") == 0x0606_4B50 else {
        throw file.error("has a zip64 locator that points nowhere")
      }
      _ = try record.take(28, "the zip64 end record")
      entryCount = try record.position("the number of zip entries")
      size = try record.position("the size of the zip directory")
      start = try record.position("the position of the zip directory")
    }
    guard start <= limit, size == limit - start else {
      throw file.error("has a zip directory that is not where the end record says")
    }
    return (start..<limit, entryCount)
  }

  private static func endRecord(of file: MappedFile) throws(WeightFileError) -> Int {
    let bytes = file.bytes
    // The record has 22 bytes and a comment of at most 65,535 that must reach the end of the file.
    var position = bytes.count - 22
    while position >= max(0, bytes.count - 22 - 0xFFFF) {
      if bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian == 0x0605_4B50 {
        let comment = Int(bytes.loadUnaligned(fromByteOffset: position + 20, as: UInt16.self).littleEndian)
        if position + 22 + comment == bytes.count { return position }
      }
      position -= 1
    }
    throw file.error("is a zip archive without its end: probably a broken download")
  }

  private static func entry(_ reader: inout ByteReader) throws(WeightFileError) -> (String, Entry) {
    let what = "the zip directory"
    guard try reader.integer(UInt32.self, what) == 0x0201_4B50 else {
      throw reader.file.error("has a damaged zip directory at byte \(reader.offset - 4)")
    }
    _ = try reader.take(4, what)
    let flags = try reader.integer(UInt16.self, what)
    let method = try reader.integer(UInt16.self, what)
    _ = try reader.take(8, what)
    let packedSize = Int(try reader.integer(UInt32.self, what))
    var size = Int(try reader.integer(UInt32.self, what))
    let nameLength = Int(try reader.integer(UInt16.self, what))
    let extraLength = Int(try reader.integer(UInt16.self, what))
    let commentLength = Int(try reader.integer(UInt16.self, what))
    _ = try reader.take(8, what)
    var headerOffset = Int(try reader.integer(UInt32.self, what))
    let name = try reader.text(nameLength, "a zip entry's name")

    // Values too large for 32 bits stand in the zip64 extra field, in this order, and only those.
    var extra = ByteReader(reader.file, reader.offset..<reader.offset + extraLength)
    _ = try reader.take(extraLength + commentLength, what)
    while extra.end - extra.offset >= 4 {
      let identifier = try extra.integer(UInt16.self, what)
      let length = Int(try extra.integer(UInt16.self, what))
      var field = ByteReader(reader.file, extra.offset..<extra.offset + length)
      _ = try extra.take(length, "a zip extra field")
      guard identifier == 1 else { continue }
      if size == 0xFFFF_FFFF { size = try field.position("the size of \"\(name)\"") }
      if packedSize == 0xFFFF_FFFF { _ = try field.position("the packed size of \"\(name)\"") }
      if headerOffset == 0xFFFF_FFFF { headerOffset = try field.position("the position of \"\(name)\"") }
    }
    return (name, Entry(isStored: method == 0 && flags & 1 == 0, byteCount: size, headerOffset: headerOffset))
  }
}
