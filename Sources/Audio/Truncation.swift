extension ByteSource {
  /// How the container's own header contradicts the number of bytes that are there, or nil where it does not.
  ///
  /// libsndfile quietly shortens a cut WAV, AIFF or Ogg file to what is left, so the promise is read here. FLAC and MP3
  /// promise a number of samples instead, which is compared after decoding. Streams whose writer could not know the
  /// length (a pipe from ffmpeg, sox or espeak-ng) promise nothing.
  func truncation() -> String? {
    let head = bytes(at: 0, 12)
    guard head.count == 12 else { return nil }
    switch text(head, 0) {
    case "RIFF", "RF64": return text(head, 8) == "WAVE" ? shortChunk("data", head, bigEndian: false) : nil
    case "RIFX": return shortChunk("data", head, bigEndian: true)
    case "FORM": return shortChunk("SSND", head, bigEndian: true)
    case "OggS": return cutPage()
    default: return nil
    }
  }

  /// Whether an MP3 file begins with the frame in which encoders give the length.
  var hasMPEGLength: Bool {
    let tag = bytes(at: 0, 10)
    let isTagged = tag.count == 10 && tag.starts(with: "ID3".utf8)
    let start = isTagged ? 10 + tag[6..<10].reduce(0) { $0 << 7 | Int($1 & 0x7F) } : 0
    let head = bytes(at: start, 2_048)
    return ["Xing", "Info"].contains { head.firstRange(of: $0.utf8) != nil }
  }

  /// The chunk that holds the samples: where its header starts, and the size that the header gives; nil without one.
  private func samplesChunk(_ wanted: String, bigEndian: Bool) -> (start: Int, size: Int)? {
    var longSize: Int?
    var offset = 12
    for _ in 0..<10_000 {  // A file of tiny chunks must not keep us for ever.
      let header = bytes(at: offset, 8)
      guard header.count == 8 else { return nil }
      let size = header.number(4, 4, bigEndian: bigEndian)
      switch text(header, 0) {
      case wanted:
        return (offset, size == 0xFFFF_FFFF ? longSize ?? size : size)
      case "ds64":
        // RF64 keeps the size of its sample data here, the second of three 64-bit numbers.
        let sizes = bytes(at: offset + 8, 16)
        if sizes.count == 16 { longSize = sizes.number(8, 6) }
      default:
        break
      }
      offset += 8 + size + size & 1
    }
    return nil
  }

  private func shortChunk(_ wanted: String, _ head: [UInt8], bigEndian: Bool) -> String? {
    let whole = 8 + head.number(4, 4, bigEndian: bigEndian)
    let chunk = samplesChunk(wanted, bigEndian: bigEndian)
    let promised = chunk?.size ?? whole
    let found = chunk.map { count - $0.start - 8 } ?? count
    guard isKnownSize(promised), promised > found else { return nil }
    return "its header promises \(promised) bytes, \(found) are there"
  }

  /// Gives a WAV file whose writer never came back to fill in the sizes (a pipe, a crash) its real size.
  ///
  /// libsndfile takes 0xFFFFFFFF for "up to the end", but 0 for no samples.
  func completeHeader() {
    let head = bytes(at: 0, 12)
    guard head.count == 12, text(head, 0) == "RIFF", text(head, 8) == "WAVE",
      let chunk = samplesChunk("data", bigEndian: false), chunk.size == 0, count > chunk.start + 8,
      !isKnownEmpty(wholeSize: head.number(4, 4), samplesChunkAt: chunk.start)
    else { return }
    patch = (chunk.start + 4, [0xFF, 0xFF, 0xFF, 0xFF])
  }

  /// Walks the pages of an Ogg file, the last of which must be whole.
  ///
  /// A file that ends with a whole page but without the end-of-stream mark is accepted: recorded live streams do.
  private func cutPage() -> String? {
    var offset = 0
    while offset < count {
      let header = bytes(at: offset, 27 + 255)
      guard header.count >= 27 else { return "its last page has \(header.count) bytes of its header" }
      // Bytes between pages are libogg's business, which searches for the next page.
      guard text(header, 0) == "OggS" else { return nil }
      let segments = Int(header[26])
      guard header.count >= 27 + segments else { return "its last page has \(header.count) bytes of its header" }
      let size = header[27..<27 + segments].reduce(27 + segments) { $0 + Int($1) }
      guard offset + size <= count else {
        return "its last page promises \(size) bytes, \(count - offset) are there"
      }
      offset += size
    }
    return nil
  }
}

private func text(_ bytes: [UInt8], _ start: Int) -> String {
  String(decoding: bytes[start..<start + 4], as: UTF8.self)
}
