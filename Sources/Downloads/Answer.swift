/// What a server's response means for a file of which `present` bytes are there (RFC 9110, sections 14 and 15).
enum Answer: Equatable {
  /// The missing bytes follow; the file has so many in all.
  case rest(Int?)
  /// The file follows from its start.
  case whole(Int?)
  /// The file is complete.
  case nothingMissing
  /// The file is not the one whose beginning is there.
  case other(String)
  /// The server cannot serve now.
  case busy(String)
  /// The server does not give the file.
  case refused(String)

  init(status: Int, headers: [String: String], present: Int) {
    switch status {
    case 200: self = .whole(headers["content-length"].flatMap { Int($0) })
    case 206:
      let range = headers["content-range"].flatMap { $0.wholeMatch(of: #/bytes (\d+)-\d+/(\d+|\*)/#) }
      self = range.flatMap { Int($0.1) } == present ? .rest(range.flatMap { Int($0.2) }) : .other("another range came")
    case 416:
      let total = headers["content-range"].flatMap { $0.wholeMatch(of: #/bytes \*/(\d+)/#) }.flatMap { Int($0.1) }
      self = total == present ? .nothingMissing : .other("the file has changed at the server")
    case 404, 410: self = .refused("no such file there (HTTP \(status))")
    case 401, 403: self = .refused("the server refuses to give the file (HTTP \(status))")
    case 408, 425, 429, 500...599: self = .busy("the server cannot answer now (HTTP \(status))")
    default: self = .refused("an answer that is not the file (HTTP \(status))")
    }
  }
}
